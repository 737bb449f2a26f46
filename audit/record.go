package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The kinds of actors.
const (
	ActorPerson      = "person"      // Actor is a subject
	ActorApplication = "application" // Actor is a client_id
	ActorCommand     = "command"     // Actor is "os:" and the user of the operating system
	ActorHost        = "host"        // the program that embeds the server
	ActorServer      = "server"      // the server itself, on schedule
)

// Record is one entry of the audit log. A field that does not apply, or is not known, is
// zero.
type Record struct {
	// Seq is the position in the chain, from 1. It is 0 for a record that waits to be
	// added to the chain.
	Seq int64     `json:"seq,omitempty"`
	ID  string    `json:"id"` // a UUID of version 7
	At  time.Time `json:"at"` // when it happened
	// Event, Kind, Outcome and Reason are those of the oauth.Event, and Category is that of
	// its EventType.
	Event    string `json:"event"`
	Category string `json:"category"`         // the category of the event, such as "administration"
	Kind     string `json:"kind,omitempty"`   // the kind of the event, such as the action in the back office
	Outcome  string `json:"outcome"`          // "ok", or what went wrong
	Reason   string `json:"reason,omitempty"` // why it failed or was done, or empty
	// Actor is the person, application or command that did it. ActorKind says what it contains.
	Actor     string `json:"actor,omitempty"`
	ActorKind string `json:"actor_kind,omitempty"` // the kind of the actor, or empty if nobody was authenticated
	// Person is the subject of the person to whom it was done.
	Person       string `json:"person,omitempty"`
	ClientID     string `json:"client_id,omitempty"`     // the application to which it was done, or that was used
	Target       string `json:"target,omitempty"`        // the ID of another object, such as a signing key
	PermissionID string `json:"permission_id,omitempty"` // the permission of the person for the application
	Scope        string `json:"scope,omitempty"`         // the scopes of the permission or the token
	ErrorID      string `json:"error_id,omitempty"`      // finds the request in the log of the server
	// Repeated counts similar events since the last record that were not recorded.
	Repeated int64 `json:"repeated,omitempty"`
	// Origin is nil if it was erased, because the person was deleted.
	Origin *Origin `json:"origin,omitempty"`
	// Roles are the changes of Details that give or take a role. They are not personal data, and
	// remain when Details are erased.
	Roles []oauth.Change `json:"roles,omitempty"`
	// Details are nil if they were erased, because the person was deleted.
	Details *Details `json:"details,omitempty"`
	// Hash is the SHA-256 of the record and of the Hash before it in the chain, in base64.
	Hash string `json:"hash,omitempty"`
	// Seal is the HMAC of Seq and Hash under a key of the server, in base64.
	Seal string `json:"seal,omitempty"`
}

// Changes returns the changed fields. If the Details were erased, only roles are left.
func (r *Record) Changes() []oauth.Change {
	if r.Details == nil {
		return r.Roles
	}
	return r.Details.Changes
}

// roleChanges returns the changes that give or take a role: of a person, a group or an application.
func roleChanges(changes []oauth.Change) (roles []oauth.Change) {
	for _, change := range changes {
		if change.Field == "admin" || change.Field == fieldRoles || change.Field == "admin_role" {
			roles = append(roles, change)
		}
	}
	return roles
}

// fieldRoles is the name of the field with the roles of a person or a group.
const fieldRoles = "roles"

// Failed reports whether the record is about something that did not succeed.
func (r *Record) Failed() bool { return failed(r.Event, r.Outcome) }

func failed(event, outcome string) bool {
	switch outcome {
	case oauth.OutcomeOK, oauth.OutcomeApproved, oauth.OutcomeRequested, oauth.OutcomeSecondFactor:
		return false
	case oauth.OutcomeDenied: // a person who denies consent makes a decision, which is not a failure
		return event != oauth.EventAuthorization
	}
	return true
}

// Origin is personal data of the actor.
type Origin struct {
	Name      string `json:"name,omitempty"`       // the name of the actor at that time
	Address   string `json:"address,omitempty"`    // the IP address
	UserAgent string `json:"user_agent,omitempty"` // the browser, as it describes itself
	Session   string `json:"session,omitempty"`    // the ID of the login session
	Via       string `json:"via,omitempty"`        // the application through which the actor used the admin API
}

// Details say what was done to which person and application.
type Details struct {
	PersonName string         `json:"person_name,omitempty"` // the name of the person at that time
	ClientName string         `json:"client_name,omitempty"` // the name of the application at that time
	TargetName string         `json:"target_name,omitempty"` // the name of the group that is the target, at that time
	Changes    []oauth.Change `json:"changes,omitempty"`     // the changed fields, without secrets
}

// Filter selects records. A zero field selects all.
type Filter struct {
	Category string    // one of oauth.Categories
	Event    string    // the name of the event
	Failed   bool      // only what did not succeed
	Roles    bool      // only changes of roles, which are in oauth.CategoryAdministration
	Actor    string    // the ID of the actor
	Person   string    // the subject of the person
	ClientID string    // the application
	Target   string    // the ID of another object, such as a group or a signing key
	ErrorID  string    // the error ID that a page or the log shows
	Address  string    // the whole address of the actor
	From     time.Time // inclusive
	Until    time.Time // exclusive
}

// Matches reports whether the filter selects the record.
func (f Filter) Matches(r *Record) bool {
	address := ""
	if r.Origin != nil {
		address = r.Origin.Address
	}
	for _, pair := range [][2]string{
		{f.Category, r.Category}, {f.Event, r.Event}, {f.Actor, r.Actor}, {f.Person, r.Person}, {f.ClientID, r.ClientID}, {f.Target, r.Target}, {f.ErrorID, r.ErrorID}, {f.Address, address},
	} {
		if pair[0] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return !(f.Failed && !r.Failed()) && !(f.Roles && len(r.Roles) == 0) && !r.At.Before(f.From) && (f.Until.IsZero() || r.At.Before(f.Until))
}

// Time parses a time of a filter: a day (in UTC), or a time in RFC 3339.
func Time(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a time: write a day such as 2026-11-28, or a time such as 2026-11-28T15:04:05Z", text)
}

// MaxText is the maximum length of a text in a record, in bytes.
const MaxText = 1000

// shorten returns the beginning of a text as valid UTF-8 without NUL.
func shorten(s string) string { return cut(s, MaxText) }

// maxID is the maximum length of an ID in a record, in bytes. The IDs are in indexes, and
// PostgreSQL cannot store more than 2,704 bytes in one.
const maxID = oauth.MaxClientID

// cut is shorten for another length.
func cut(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "…"
}

// compact returns the JSON of a value. The types of this package can always be encoded.
func compact(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
