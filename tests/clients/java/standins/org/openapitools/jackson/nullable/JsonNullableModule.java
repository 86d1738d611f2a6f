package org.openapitools.jackson.nullable;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import java.io.IOException;
import java.util.List;

/**
 * Teaches Jackson that nothing is no field at all, null is null, and a value is itself.
 *
 * <p>Stands in for the class of the same name in `jackson-databind-nullable`.
 */
public final class JsonNullableModule extends SimpleModule {
  @SuppressWarnings({"rawtypes", "unchecked"})
  public JsonNullableModule() {
    super("JsonNullableModule");
    addSerializer((Class) JsonNullable.class, new Contents());
    addDeserializer((Class) JsonNullable.class, new Reader(null));
    setSerializerModifier(new LeavesOut());
  }

  private static final class Contents extends JsonSerializer<JsonNullable<?>> {
    @Override
    public void serialize(JsonNullable<?> told, JsonGenerator json, SerializerProvider provider) throws IOException {
      provider.defaultSerializeValue(told.orElse(null), json);
    }
  }

  private static final class LeavesOut extends BeanSerializerModifier {
    @Override
    public List<BeanPropertyWriter> changeProperties(
        SerializationConfig config, BeanDescription bean, List<BeanPropertyWriter> fields) {
      fields.replaceAll(field -> field.getType().hasRawClass(JsonNullable.class) ? new WhenPresent(field) : field);
      return fields;
    }
  }

  private static final class WhenPresent extends BeanPropertyWriter {
    WhenPresent(BeanPropertyWriter field) {
      super(field);
    }

    @Override
    public void serializeAsField(Object bean, JsonGenerator json, SerializerProvider provider) throws Exception {
      if (get(bean) instanceof JsonNullable<?> told && told.isPresent()) {
        super.serializeAsField(bean, json, provider);
      }
    }
  }

  private static final class Reader extends JsonDeserializer<JsonNullable<?>> implements ContextualDeserializer {
    private final JavaType content;

    Reader(JavaType content) {
      this.content = content;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property) {
      return new Reader(context.getContextualType().containedTypeOrUnknown(0));
    }

    @Override
    public JsonNullable<?> deserialize(JsonParser json, DeserializationContext context) throws IOException {
      return JsonNullable.of(context.readValue(json, content));
    }

    @Override
    public JsonNullable<?> getNullValue(DeserializationContext context) {
      return JsonNullable.of(null);
    }
  }
}
