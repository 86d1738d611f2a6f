package jakarta.annotation;

/** Stands in for the annotation of the same name in `jakarta.annotation-api`, for a compiler that cannot reach Maven. */
public @interface Nullable {}
