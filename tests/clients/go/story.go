// Story is one working day of a therapist, told by a program that knows nothing of the service but the generated
// client. It says what it did, step by step, and nothing about anybody. tests/clients/test_go.py generates the client,
// checks this file against it with `go vet`, and runs it.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"stance.example/clients/stance"
)

// caller is the generated client with the token it sends.
type caller struct {
	*stance.APIClient
	context.Context
}

func main() {
	withoutAValidToken()
	calling(signedIn()).therapistsDay()
	calling(os.Getenv("STANCE_EHR_KEY")).asTheEhr()
}

func (c caller) therapistsDay() {
	today := time.Now().UTC().Truncate(time.Hour)
	client := c.newClient()
	c.badInput()
	c.nullAndAbsent(client)
	treatment := c.newTreatment(client, today.AddDate(0, 0, -14))
	session := c.heldSession(client, treatment, today.Add(-2*time.Hour))
	note := c.signed(c.tagged(c.autosaved(c.newNote(session, client))))
	newerThanTheClient(note)
	c.timeline(treatment)
	draft := c.newNote(c.heldSession(client, treatment, today.AddDate(0, 0, -7)), client)
	expect(slices.Equal(c.everyNote(client), []string{note.Id, draft.Id}), "the pages hold both notes, newest first")
}

func calling(token string) caller {
	configuration := stance.NewConfiguration()
	configuration.Servers = stance.ServerConfigurations{{URL: os.Getenv("STANCE_URL")}}
	ctx := context.Background()
	if token != "" {
		ctx = context.WithValue(ctx, stance.ContextAccessToken, token)
	}
	return caller{stance.NewAPIClient(configuration), ctx}
}

func withoutAValidToken() {
	stranger := calling("a token nobody was given")
	_, answer, err := stranger.AuthAPI.GetMe(stranger).Execute()
	refusal(err, answer, 401, "unauthorized")
	told("without a valid token: 401 unauthorized")
}

func signedIn() string {
	stranger := calling("")
	who := stance.NewSignIn(os.Getenv("STANCE_LOGIN"), os.Getenv("STANCE_PASSWORD"))
	token := must(stranger.AuthAPI.SignIn(stranger).SignIn(*who).Execute())
	therapist := calling(token.AccessToken)
	me := must(therapist.AuthAPI.GetMe(therapist).Execute())
	expect(me.Id == token.PractitionerId, "the token is the therapist's own")
	told("signed in")
	return token.AccessToken
}

func (c caller) newClient() *stance.ClientProfile {
	zoe := stance.NewClientCreate("Zoë", "Example")
	zoe.SetPreferredName("Zo")
	zoe.SetPronouns("they/them")
	key := anyKey()
	client, answer, err := c.ClientsAPI.CreateClient(c).ClientCreate(*zoe).IdempotencyKey(key).Execute()
	must(client, answer, err)
	expect(answer.StatusCode == http.StatusCreated, "a new client is created")
	expect(answer.Header.Get("Location") == "/v1/clients/"+client.Id, "the answer says where she is")
	expect(client.GivenName == "Zoë", "letters beyond ASCII come back as they went")
	told("created a client")
	again, answer, err := c.ClientsAPI.CreateClient(c).ClientCreate(*zoe).IdempotencyKey(key).Execute()
	expect(must(again, answer, err).Id == client.Id, "sent twice, created once")
	expect(answer.Header.Get("Idempotency-Replayed") == "true", "the answer says that it is a replay")
	told("the same Idempotency-Key again: the same client")
	return client
}

func (c caller) badInput() {
	nameless := stance.NewClientCreate("", "Example")
	_, answer, err := c.ClientsAPI.CreateClient(c).ClientCreate(*nameless).Execute()
	problem := refusal(err, answer, 422, "validation_failed")
	expect(len(problem.Errors) == 1, "one place is wrong")
	told("bad input: 422 " + problem.Code + " at " + problem.Errors[0].Pointer)
}

func (c caller) nullAndAbsent(client *stance.ClientProfile) {
	change := stance.NewClientUpdate()
	change.SetPreferredNameNil()
	changed := must(c.ClientsAPI.UpdateClient(c, client.Id).ClientUpdate(*change).IfMatch(etag(client.Version)).Execute())
	expect(changed.PreferredName.Get() == nil, "null clears")
	expect(changed.GetPronouns() == client.GetPronouns(), "absent fields stay")
	told("null cleared a field, an absent one stayed")
}

func (c caller) newTreatment(client *stance.ClientProfile, startedOn time.Time) *stance.Treatment {
	course := stance.NewTreatmentCreate()
	course.SetStartedOn(startedOn.Format(time.DateOnly))
	treatment := must(c.TreatmentsAPI.OpenTreatment(c, client.Id).TreatmentCreate(*course).Execute())
	expect(treatment.StartedOn == startedOn.Format(time.DateOnly), "a day stays the same day")
	told("opened a treatment")
	return treatment
}

func (c caller) heldSession(
	client *stance.ClientProfile, treatment *stance.Treatment, startsAt time.Time,
) *stance.Session {
	participant := stance.NewParticipantCreate(client.Id)
	participant.SetTreatmentId(treatment.Id)
	planned := stance.NewSessionCreate(
		stance.SESSIONFORMAT_INDIVIDUAL, stance.DELIVERY_IN_PERSON, startsAt, 50, []stance.ParticipantCreate{*participant})
	session := must(c.SessionsAPI.CreateSession(c).SessionCreate(*planned).Execute())
	expect(session.Status == stance.SESSIONSTATUS_SCHEDULED, "a session is scheduled first")
	came := stance.NewSessionHold(
		[]stance.ParticipantAttendance{*stance.NewParticipantAttendance(client.Id, stance.ATTENDANCE_ATTENDED)})
	held := must(c.SessionsAPI.HoldSession(c, session.Id).SessionHold(*came).IfMatch(etag(session.Version)).Execute())
	expect(held.Status == stance.SESSIONSTATUS_HELD, "it was held")
	expect(held.StartsAt.Equal(startsAt), "a moment stays the same moment")
	told("created and held a session")
	return held
}

func (c caller) newNote(session *stance.Session, client *stance.ClientProfile) *stance.Note {
	empty := stance.NewNoteCreate(client.Id, stance.NOTETEMPLATE_MBT)
	note := must(c.NotesAPI.CreateNote(c, session.Id).NoteCreate(*empty).Execute())
	told("wrote a note")
	return note
}

// autosaved saves while writing; a second window that has not seen this save is refused and reads again.
func (c caller) autosaved(note *stance.Note) *stance.Note {
	text := "Certain about what the other meant – slowed down."
	typed := stance.NewNoteUpdate()
	typed.SetSections([]stance.NoteSectionCreate{*stance.NewNoteSectionCreate("mentalizing_process", text)})
	first := must(c.NotesAPI.UpdateNote(c, note.Id).NoteUpdate(*typed).IfMatch(etag(note.Version)).Execute())
	isText := func(section stance.NoteSection) bool { return section.Text == text }
	expect(slices.ContainsFunc(first.Sections, isText), "the text is saved")
	told("autosaved it")
	elsewhere := stance.NewNoteUpdate()
	elsewhere.SetBond(7)
	_, answer, err := c.NotesAPI.UpdateNote(c, note.Id).NoteUpdate(*elsewhere).IfMatch(etag(note.Version)).Execute()
	problem := refusal(err, answer, 412, "precondition_failed")
	expect(problem.GetCurrentVersion() == first.Version, "it says what is current")
	told("a stale save: 412 " + problem.Code)
	return first
}

func (c caller) tagged(note *stance.Note) *stance.Note {
	moment := stance.NewMentalizingFailureCreate(stance.FAILUREPATTERN_HYPERACTIVATION)
	moment.SetSigns([]string{"over_trust"})
	moment.SetWhere("partner")
	moment.SetArousal(7)
	moment.SetMode(stance.NONMENTALIZINGMODE_PSYCHIC_EQUIVALENCE)
	change := stance.NewNoteUpdate()
	change.SetMentalizingFailures([]stance.MentalizingFailureCreate{*moment})
	saved := must(c.NotesAPI.UpdateNote(c, note.Id).NoteUpdate(*change).IfMatch(etag(note.Version)).Execute())
	expect(reflect.DeepEqual(saved.Sections, note.Sections), "lists that were not sent stay")
	failure := saved.MentalizingFailures[0]
	expect(failure.Pattern == stance.FAILUREPATTERN_HYPERACTIVATION, "the pattern is saved")
	expect(failure.GetMode() == stance.NONMENTALIZINGMODE_PSYCHIC_EQUIVALENCE, "the mode is saved")
	expect(failure.ObservedIn.Get() == nil, "what was not said is null")
	told("tagged a mentalizing failure")
	return saved
}

// signed signs the version that was read last, by the ETag the service gave for it.
func (c caller) signed(note *stance.Note) *stance.Note {
	read, answer, err := c.NotesAPI.GetNote(c, note.Id).Execute()
	expect(reflect.DeepEqual(must(read, answer, err), note), "what is read is what was saved")
	tag := answer.Header.Get("ETag")
	frozen := must(c.NotesAPI.SignNote(c, note.Id).NoteSign(*stance.NewNoteSign()).IfMatch(tag).Execute())
	expect(frozen.Status == stance.NOTESTATUS_SIGNED && frozen.SignedAt.Get() != nil, "it is signed")
	told("signed it")
	_, answer, err = c.NotesAPI.GetNote(c, note.Id).IfNoneMatch(etag(frozen.Version)).Execute()
	expect(err != nil && answer.StatusCode == http.StatusNotModified, "nothing is sent again")
	told("read it again with its ETag: 304")
	late := stance.NewNoteAddendumCreate(stance.ADDENDUMKIND_ADDENDUM)
	late.SetText("Agreed to pause before replying.")
	addendum := must(c.NotesAPI.AddNoteAddendum(c, note.Id).NoteAddendumCreate(*late).Execute())
	expect(addendum.Kind == stance.ADDENDUMKIND_ADDENDUM, "it is an addendum")
	told("added an addendum")
	return frozen
}

func newerThanTheClient(note *stance.Note) {
	fields := must(note.ToMap())
	fields["status"] = "seen_by_nobody_yet"
	fields["a_field_seen_by_nobody_yet"] = 1
	var newer stance.Note
	expect(json.Unmarshal(must(json.Marshal(fields)), &newer) == nil, "a newer answer can be read")
	expect(newer.Status == stance.NOTESTATUS_UNKNOWN_DEFAULT_OPEN_API, "a new value reads as unknown")
	expect(newer.Id == note.Id, "a new field hides nothing")
	told("read an answer newer than the client")
}

func (c caller) timeline(treatment *stance.Treatment) {
	course := must(c.TimelineAPI.GetTimeline(c, treatment.Id).Bucket(stance.BUCKETKIND_WEEK).Execute())
	tagged := int32(0)
	for _, bucket := range course.Buckets {
		if failures := bucket.Failures.Get(); failures != nil {
			tagged += failures.Hyperactivation.Count
		}
	}
	expect(tagged == 1 && course.NotDiagnostic, "the tagged failure is in the timeline")
	told("read the timeline")
	picture := must(c.TimelineAPI.DrawTimeline(c, treatment.Id).Execute())
	defer os.Remove(picture.Name())
	defer picture.Close()
	expect(strings.HasPrefix(string(must(io.ReadAll(picture))), "<?xml"), "the picture is SVG")
	told("drew it as a picture")
}

// everyNote follows the pages to the end, one note at a time.
func (c caller) everyNote(client *stance.ClientProfile) (found []string) {
	request := c.NotesAPI.ListNotes(c).ClientId(client.Id).Limit(1)
	for {
		page := must(request.Execute())
		for _, note := range page.Data {
			found = append(found, note.Id)
		}
		cursor := page.NextCursor.Get()
		expect(page.HasMore == (cursor != nil), "a page says whether there is more")
		if cursor == nil {
			break
		}
		request = request.After(*cursor)
	}
	told(fmt.Sprintf("paged through %d notes, one a page", len(found)))
	return found
}

func (c caller) asTheEhr() {
	facts := stance.NewClientCreate("Kim", "Sample")
	request := c.ClientsAPI.UpsertClient(c).System("urn:ehr:patient").Value(anyKey())
	known, created, err := request.ClientCreate(*facts).Execute()
	must(known, created, err)
	facts.SetPronouns("she/her")
	same, updated, err := request.ClientCreate(*facts).Execute()
	expect(must(same, updated, err).Id == known.Id, "the same client both times")
	expect(created.StatusCode == http.StatusCreated && updated.StatusCode == http.StatusOK, "created, then updated")
	told("the EHR sent a client twice: created, then updated")
	read := must(c.ClientsAPI.GetClient(c, known.Id).Execute())
	expect(read.GetPronouns() == "she/her", "the second time counts")
	expect(len(read.Identifiers) == 1, "the EHR's own number is kept")
	told("the EHR read the client")
}

// refusal returns the problem a call was refused with.
func refusal(err error, answer *http.Response, status int, code string) stance.Problem {
	var refused *stance.GenericOpenAPIError
	expect(errors.As(err, &refused), "the call is refused")
	problem, typed := refused.Model().(stance.Problem)
	expect(typed, "the refusal is a problem")
	expect(answer.StatusCode == status && problem.Status == int32(status), fmt.Sprintf("the status is %d", status))
	expect(problem.Code == code, "the code is "+code)
	return problem
}

// must returns what was asked for.
func must[Wanted any](answer Wanted, rest ...any) Wanted {
	for _, each := range rest {
		if err, bad := each.(error); bad && err != nil {
			panic(err)
		}
	}
	return answer
}

func anyKey() string {
	bytes := make([]byte, 16)
	must(rand.Read(bytes))
	return hex.EncodeToString(bytes)
}

// etag writes a version as `If-Match` wants it.
func etag(version int32) string {
	return fmt.Sprintf("%q", fmt.Sprint(version))
}

func expect(so bool, why string) {
	if !so {
		panic("not so: " + why)
	}
}

func told(step string) {
	fmt.Println(step)
}
