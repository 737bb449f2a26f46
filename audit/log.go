package audit

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// KeyPurpose is the purpose of Config.Key, for provider.HostKey.
const KeyPurpose = "audit log"

// Config configures a Log. Store, Key and Clock are required, and Logger and the names may
// be nil. A Log that does not link records needs no Key.
type Config struct {
	Store Store
	// Key seals the chain. It is derived from the master key.
	Key []byte
	// TTL is how long records are kept; if it is not positive, they are kept forever.
	TTL time.Duration
	// PersonName and ClientName return the names of people and applications, or "".
	PersonName, ClientName func(ctx context.Context, id string) string
	Clock                  func() time.Time
	Logger                 *slog.Logger
}

// Log records events. Use New.
type Log struct {
	Config
	holder string // of the lease
	limits limits
	wake   chan struct{}
	linker linker
}

// New returns a Log.
func New(c Config) *Log {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Log{Config: c, holder: uuid.NewString(), limits: newLimits(), wake: make(chan struct{}, 1), linker: newLinker()}
}

// queueTimeout limits how long a request waits until its record is stored.
const queueTimeout = 5 * time.Second

// OnEvent records an event, if it belongs in the log, and returns when it is stored. A
// failure is logged with the record: the event has happened, and cannot be undone.
func (l *Log) OnEvent(ctx context.Context, e oauth.Event) {
	category := e.Recorded()
	if category == "" || (e.Details != nil && e.Details.Recorded) {
		return
	}
	request := ActorOf(ctx)
	by := actorOf(e, category, request)
	missed, admitted := l.limits.admit(by, e, l.Clock()) // first: it costs less than a record
	if !admitted {
		return
	}
	record := recordOf(e, by, request)
	record.Repeated = missed
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	l.addNames(ctx, record)
	l.queue(ctx, record)
}

func (l *Log) queue(ctx context.Context, r *Record) {
	if err := l.Store.QueueAudit(ctx, NewRow(r)); err != nil {
		l.Logger.ErrorContext(ctx, "a record of the audit log could not be stored; this line is the only copy", "record", compact(r), "error", err.Error())
	}
}

// recordOf returns the record of an event, with the names that the caller knows.
func recordOf(e oauth.Event, by actor, request *Actor) *Record {
	details := e.Details
	if details == nil {
		details = &oauth.EventDetails{}
	}
	r := &Record{
		At: e.At, Event: e.Name, Category: by.category, Actor: by.id, ActorKind: by.kind, Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason,
		Person: e.Subject, ClientID: e.ClientID, PermissionID: e.PermissionID, Scope: shorten(e.Scope), ErrorID: e.ErrorID,
		Origin:  &Origin{UserAgent: shorten(request.UserAgent), Session: request.Session, Via: shorten(request.Via)},
		Details: &Details{PersonName: shorten(details.PersonName), ClientName: shorten(details.ClientName), TargetName: shorten(details.TargetName), Changes: bounded(details.Changes)},
	}
	r.Person, r.ClientID = cmp.Or(r.Person, details.Person), cmp.Or(r.ClientID, details.ClientID)
	if e.Address.IsValid() {
		r.Origin.Address = e.Address.String()
	}
	switch TargetKind(e) {
	case ActorPerson:
		r.Person = e.Target
	case ActorApplication:
		r.ClientID = e.Target
	default:
		r.Target = shorten(e.Target)
	}
	if e.Name == oauth.EventAdministration {
		r.Roles = roleChanges(r.Details.Changes)
	}
	if (r.ActorKind == ActorPerson || r.ActorKind == ActorApplication) && r.Actor == request.ID {
		r.Origin.Name = shorten(request.Name)
	}
	return r
}

// actor holds the category of an event, and the kind and the id of its actor.
type actor struct{ category, kind, id string }

// actorOf returns who caused an event of a category.
func actorOf(e oauth.Event, category string, request *Actor) actor {
	by := func(kind, id string) actor { return actor{category, kind, id} }
	switch {
	case e.Actor == ActorHost:
		return by(ActorHost, "")
	case strings.HasPrefix(e.Actor, "os:"):
		return by(ActorCommand, e.Actor)
	case e.Actor != "" && request.Application && e.Actor == request.ID:
		return by(ActorApplication, e.Actor)
	case e.Actor != "":
		return by(ActorPerson, e.Actor)
	case category == oauth.CategoryServer:
		return by(ActorServer, "")
	case e.Subject != "" && !failed(e.Name, e.Outcome) && startsSession(e.Name): // not the person who was logged in before
		return by(ActorPerson, e.Subject)
	case startsSession(e.Name): // an unknown person
	case request.ID != "":
		return by(ActorPerson, request.ID)
	case category == oauth.CategoryToken && e.Kind == oauth.KindDirect:
		return by(ActorHost, "")
	case category == oauth.CategoryToken && e.ClientID != "":
		return by(ActorApplication, e.ClientID)
	case e.Subject != "" && category != oauth.CategoryToken && !failed(e.Name, e.Outcome):
		return by(ActorPerson, e.Subject)
	}
	return by("", "")
}

// startsSession reports whether the person of an event proves with it who they are.
func startsSession(event string) bool {
	return event == oauth.EventLogin || event == oauth.EventSignUp || event == oauth.EventPasswordReset
}

// TargetAccounts is the Target of an act on the accounts as a whole.
const TargetAccounts = "accounts"

// otherActs are the kinds of acts whose Target is neither a person nor an application: it is
// TargetAccounts, or the ID of an invitation.
var otherActs = []string{"latchkey user use-accounts", "Server.UseAccounts", "Server.Invite", "Server.WithdrawInvitation"}

// TargetKind returns what the Target of an event identifies: ActorPerson,
// ActorApplication, or "" for something else.
func TargetKind(e oauth.Event) string {
	if !isChange(e.Name) && e.Name != oauth.EventPermissionDenied || e.Target == "" || slices.Contains(otherActs, e.Kind) {
		return ""
	}
	for prefix, kind := range map[string]string{
		"users/": ActorPerson, "people/": ActorPerson, "latchkey user ": ActorPerson, "applications/": ActorApplication, "latchkey app ": ActorApplication, "Server.": ActorApplication,
	} {
		if strings.HasPrefix(act(e.Kind)+"/", prefix) {
			return kind
		}
	}
	return ""
}

// AboutPerson returns an event of an administrator. If the event is about a person, its Subject
// is that person.
func AboutPerson(e oauth.Event) oauth.Event {
	switch {
	case e.Subject != "":
	case TargetKind(e) == ActorPerson:
		e.Subject = e.Target
	case e.Details != nil:
		e.Subject = e.Details.Person
	}
	return e
}

// addNames adds the names that the caller did not know.
func (l *Log) addNames(ctx context.Context, r *Record) {
	if r.ActorKind == ActorPerson && r.Actor == r.Person && r.Details.PersonName == "" {
		r.Details.PersonName = r.Origin.Name
	}
	if r.Person != "" && r.Details.PersonName == "" && l.PersonName != nil {
		r.Details.PersonName = shorten(l.PersonName(ctx, r.Person))
	}
	if r.ClientID != "" && r.Details.ClientName == "" && l.ClientName != nil {
		r.Details.ClientName = shorten(l.ClientName(ctx, r.ClientID))
	}
	if r.ActorKind != ActorPerson || r.Origin.Name != "" {
		return
	}
	if r.Actor == r.Person {
		r.Origin.Name = r.Details.PersonName
	} else if l.PersonName != nil {
		r.Origin.Name = shorten(l.PersonName(ctx, r.Actor))
	}
}

// maxChanges is how many changed values a record has.
const maxChanges = 100

// bounded returns the changes with short values, and without what looks like a token.
func bounded(changes []oauth.Change) []oauth.Change {
	var all []oauth.Change
	for _, c := range changes[:min(len(changes), maxChanges)] {
		all = append(all, oauth.Change{Field: shorten(c.Field), Before: shorten(oauth.Redacted(c.Before)), After: shorten(oauth.Redacted(c.After))})
	}
	return all
}
