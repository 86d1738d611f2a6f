import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import example.stance.client.ApiClient;
import example.stance.client.ApiException;
import example.stance.client.ApiResponse;
import example.stance.client.api.AuthApi;
import example.stance.client.api.ClientsApi;
import example.stance.client.api.NotesApi;
import example.stance.client.api.SessionsApi;
import example.stance.client.api.TimelineApi;
import example.stance.client.api.TreatmentsApi;
import example.stance.client.model.*;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * One working day of a therapist, told by a program that knows nothing of the service but the generated client.
 *
 * <p>It says what it did, step by step, and nothing about anybody. tests/clients/test_java.py generates the client,
 * compiles this file with it, and runs it.
 */
public final class Story {
  private static final String URL = System.getenv("STANCE_URL");

  private final ApiClient api;
  private final ClientsApi clients;
  private final TreatmentsApi treatments;
  private final SessionsApi sessions;
  private final NotesApi notes;
  private final TimelineApi timelines;

  private Story(String token) {
    api = callingWith(token);
    clients = new ClientsApi(api);
    treatments = new TreatmentsApi(api);
    sessions = new SessionsApi(api);
    notes = new NotesApi(api);
    timelines = new TimelineApi(api);
  }

  public static void main(String[] args) throws ApiException, IOException {
    withoutAValidToken();
    new Story(signedIn()).therapistsDay();
    new Story(System.getenv("STANCE_EHR_KEY")).asTheEhr();
  }

  private void therapistsDay() throws ApiException, IOException {
    OffsetDateTime today = OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.HOURS);
    ClientProfile client = newClient();
    badInput();
    nullAndAbsent(client);
    Treatment treatment = newTreatment(client, today.toLocalDate().minusDays(14));
    Session session = heldSession(client, treatment, today.minusHours(2));
    Note note = signed(tagged(autosaved(newNote(session, client))));
    newerThanTheClient(note);
    timeline(treatment);
    Note draft = newNote(heldSession(client, treatment, today.minusDays(7)), client);
    expect(everyNote(client).equals(List.of(note.getId(), draft.getId())), "the pages hold both notes, newest first");
  }

  private static ApiClient callingWith(String token) {
    ApiClient api = new ApiClient();
    api.updateBaseUri(URL);
    if (token != null) {
      api.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    }
    return api;
  }

  private static void withoutAValidToken() throws IOException {
    ApiClient stranger = callingWith("a token nobody was given");
    refusal(() -> new AuthApi(stranger).getMe(), 401, "unauthorized");
    told("without a valid token: 401 unauthorized");
  }

  private static String signedIn() throws ApiException {
    SignIn who = new SignIn().login(System.getenv("STANCE_LOGIN")).password(System.getenv("STANCE_PASSWORD"));
    AccessToken token = new AuthApi(callingWith(null)).signIn(who);
    Me me = new AuthApi(callingWith(token.getAccessToken())).getMe();
    expect(me.getId().equals(token.getPractitionerId()), "the token is the therapist's own");
    told("signed in");
    return token.getAccessToken();
  }

  private ClientProfile newClient() throws ApiException {
    ClientCreate zoe =
        new ClientCreate().givenName("Zoë").familyName("Example").preferredName("Zo").pronouns("they/them");
    String key = UUID.randomUUID().toString();
    ApiResponse<ClientProfile> created = clients.createClientWithHttpInfo(zoe, key);
    ClientProfile client = created.getData();
    expect(created.getStatusCode() == 201, "a new client is created");
    expect(header(created, "location").equals("/v1/clients/" + client.getId()), "the answer says where she is");
    expect(client.getGivenName().equals("Zoë"), "letters beyond ASCII come back as they went");
    told("created a client");
    ApiResponse<ClientProfile> again = clients.createClientWithHttpInfo(zoe, key);
    expect(again.getData().getId().equals(client.getId()), "sent twice, created once");
    expect(header(again, "idempotency-replayed").equals("true"), "the answer says that it is a replay");
    told("the same Idempotency-Key again: the same client");
    return client;
  }

  private void badInput() throws IOException {
    ClientCreate nameless = new ClientCreate().givenName("").familyName("Example");
    Problem problem = refusal(() -> clients.createClient(nameless, null), 422, "validation_failed");
    expect(problem.getErrors().size() == 1, "one place is wrong");
    told("bad input: 422 " + problem.getCode() + " at " + problem.getErrors().get(0).getPointer());
  }

  private void nullAndAbsent(ClientProfile client) throws ApiException {
    ClientUpdate change = new ClientUpdate().preferredName(null);
    ClientProfile changed = clients.updateClient(client.getId(), etag(client.getVersion()), change);
    expect(changed.getPreferredName() == null, "null clears");
    expect(changed.getPronouns().equals(client.getPronouns()), "absent fields stay");
    told("null cleared a field, an absent one stayed");
  }

  private Treatment newTreatment(ClientProfile client, LocalDate startedOn) throws ApiException {
    Treatment treatment = treatments.openTreatment(client.getId(), new TreatmentCreate().startedOn(startedOn), null);
    expect(treatment.getStartedOn().equals(startedOn), "a day stays the same day");
    told("opened a treatment");
    return treatment;
  }

  private Session heldSession(ClientProfile client, Treatment treatment, OffsetDateTime startsAt) throws ApiException {
    SessionCreate planned =
        new SessionCreate()
            .format(SessionFormat.INDIVIDUAL)
            .delivery(Delivery.IN_PERSON)
            .startsAt(startsAt)
            .durationMinutes(50)
            .addParticipantsItem(new ParticipantCreate().clientId(client.getId()).treatmentId(treatment.getId()));
    Session session = sessions.createSession(planned, null);
    expect(session.getStatus() == SessionStatus.SCHEDULED, "a session is scheduled first");
    ParticipantAttendance came = new ParticipantAttendance().clientId(client.getId()).attendance(Attendance.ATTENDED);
    SessionHold attendance = new SessionHold().addParticipantsItem(came);
    Session held = sessions.holdSession(session.getId(), etag(session.getVersion()), attendance);
    expect(held.getStatus() == SessionStatus.HELD, "it was held");
    expect(held.getStartsAt().isEqual(startsAt), "a moment stays the same moment");
    told("created and held a session");
    return held;
  }

  private Note newNote(Session session, ClientProfile client) throws ApiException {
    NoteCreate empty = new NoteCreate().clientId(client.getId()).template(NoteTemplate.MBT);
    Note note = notes.createNote(session.getId(), empty, null);
    told("wrote a note");
    return note;
  }

  /** Save while writing; a second window that has not seen this save is refused and reads again. */
  private Note autosaved(Note note) throws ApiException, IOException {
    String text = "Certain about what the other meant – slowed down.";
    NoteUpdate typed =
        new NoteUpdate().addSectionsItem(new NoteSectionCreate().code("mentalizing_process").text(text));
    Note first = notes.updateNote(note.getId(), etag(note.getVersion()), typed);
    expect(first.getSections().stream().anyMatch(section -> section.getText().equals(text)), "the text is saved");
    told("autosaved it");
    NoteUpdate elsewhere = new NoteUpdate().bond(7);
    Problem problem =
        refusal(
            () -> notes.updateNote(note.getId(), etag(note.getVersion()), elsewhere), 412, "precondition_failed");
    expect(first.getVersion().equals(problem.getCurrentVersion()), "it says what is current");
    told("a stale save: 412 " + problem.getCode());
    return first;
  }

  private Note tagged(Note note) throws ApiException {
    MentalizingFailureCreate moment =
        new MentalizingFailureCreate()
            .pattern(FailurePattern.HYPERACTIVATION)
            .addSignsItem("over_trust")
            .where("partner")
            .arousal(7)
            .mode(NonMentalizingMode.PSYCHIC_EQUIVALENCE);
    NoteUpdate change = new NoteUpdate().addMentalizingFailuresItem(moment);
    Note saved = notes.updateNote(note.getId(), etag(note.getVersion()), change);
    expect(saved.getSections().equals(note.getSections()), "lists that were not sent stay");
    MentalizingFailure failure = saved.getMentalizingFailures().get(0);
    expect(failure.getPattern() == FailurePattern.HYPERACTIVATION, "the pattern is saved");
    expect(failure.getMode() == NonMentalizingMode.PSYCHIC_EQUIVALENCE, "the mode is saved");
    expect(failure.getObservedIn() == null, "what was not said is null");
    told("tagged a mentalizing failure");
    return saved;
  }

  /** Sign the version that was read last, by the ETag the service gave for it. */
  private Note signed(Note note) throws ApiException, IOException {
    ApiResponse<Note> read = notes.getNoteWithHttpInfo(note.getId(), null);
    expect(read.getData().equals(note), "what is read is what was saved");
    Note frozen = notes.signNote(note.getId(), header(read, "etag"), new NoteSign());
    expect(frozen.getStatus() == NoteStatus.SIGNED && frozen.getSignedAt() != null, "it is signed");
    told("signed it");
    try {
      notes.getNote(note.getId(), etag(frozen.getVersion()));
      throw new AssertionError("an unchanged note was sent again");
    } catch (ApiException unchanged) {
      expect(unchanged.getCode() == 304, "nothing is sent again");
    }
    told("read it again with its ETag: 304");
    NoteAddendumCreate late =
        new NoteAddendumCreate().kind(AddendumKind.ADDENDUM).text("Agreed to pause before replying.");
    expect(notes.addNoteAddendum(note.getId(), late, null).getKind() == AddendumKind.ADDENDUM, "it is an addendum");
    told("added an addendum");
    return frozen;
  }

  private void newerThanTheClient(Note note) throws IOException {
    ObjectMapper mapper = api.getObjectMapper();
    ObjectNode json = mapper.valueToTree(note);
    json.put("status", "seen_by_nobody_yet").put("a_field_seen_by_nobody_yet", 1);
    Note newer = mapper.treeToValue(json, Note.class);
    expect(newer.getStatus() == NoteStatus.UNKNOWN_DEFAULT_OPEN_API, "a new value reads as unknown");
    expect(newer.getId().equals(note.getId()), "a new field hides nothing");
    told("read an answer newer than the client");
  }

  private void timeline(Treatment treatment) throws ApiException, IOException {
    Timeline course = timelines.getTimeline(treatment.getId(), BucketKind.WEEK);
    int tagged =
        course.getBuckets().stream()
            .filter(bucket -> bucket.getFailures() != null)
            .mapToInt(bucket -> bucket.getFailures().getHyperactivation().getCount())
            .sum();
    expect(tagged == 1 && course.getNotDiagnostic(), "the tagged failure is in the timeline");
    told("read the timeline");
    File picture = timelines.drawTimeline(treatment.getId(), null);
    expect(Files.readString(picture.toPath()).startsWith("<?xml"), "the picture is SVG");
    Files.delete(picture.toPath());
    told("drew it as a picture");
  }

  /** Follow the pages to the end, one note at a time. */
  private List<UUID> everyNote(ClientProfile client) throws ApiException {
    List<UUID> found = new ArrayList<>();
    String cursor = null;
    do {
      NotePage page =
          notes.listNotes(
              NotesApi.APIListNotesRequest.newBuilder().clientId(client.getId()).limit(1).after(cursor).build());
      page.getData().forEach(note -> found.add(note.getId()));
      cursor = page.getNextCursor();
      expect(page.getHasMore() == (cursor != null), "a page says whether there is more");
    } while (cursor != null);
    told("paged through " + found.size() + " notes, one a page");
    return found;
  }

  private void asTheEhr() throws ApiException {
    String system = "urn:ehr:patient";
    String number = UUID.randomUUID().toString();
    ClientCreate facts = new ClientCreate().givenName("Kim").familyName("Sample");
    ApiResponse<ClientProfile> created = clients.upsertClientWithHttpInfo(system, number, facts);
    ApiResponse<ClientProfile> updated = clients.upsertClientWithHttpInfo(system, number, facts.pronouns("she/her"));
    expect(created.getStatusCode() == 201 && updated.getStatusCode() == 200, "created, then updated");
    UUID known = created.getData().getId();
    expect(updated.getData().getId().equals(known), "the same client both times");
    told("the EHR sent a client twice: created, then updated");
    ClientProfile read = clients.getClient(known, null);
    expect(read.getPronouns().equals("she/her"), "the second time counts");
    expect(read.getIdentifiers().get(0).getValue().equals(number), "the EHR's own number is kept");
    told("the EHR read the client");
  }

  private interface Call {
    Object made() throws ApiException;
  }

  /** Return the problem a call was refused with. */
  private static Problem refusal(Call call, int status, String code) throws IOException {
    try {
      call.made();
    } catch (ApiException refused) {
      Problem problem = ApiClient.createDefaultObjectMapper().readValue(refused.getResponseBody(), Problem.class);
      expect(refused.getCode() == status && problem.getStatus() == status, "the status is " + status);
      expect(problem.getCode().equals(code), "the code is " + code);
      return problem;
    }
    throw new AssertionError("expected a refusal: " + status + " " + code);
  }

  private static String header(ApiResponse<?> answer, String name) {
    return answer.getHeaders().get(name).get(0);
  }

  /** Write a version as `If-Match` wants it. */
  private static String etag(int version) {
    return '"' + Integer.toString(version) + '"';
  }

  private static void expect(boolean so, String why) {
    if (!so) {
      throw new AssertionError("not so: " + why);
    }
  }

  private static void told(String step) {
    System.out.println(step);
  }
}
