package audit

import (
	"cmp"
	"maps"
	"strings"
	"sync"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// sentences returns all sentences by their keys.
var sentences = sync.OnceValue(func() map[string]string {
	all := maps.Clone(actSentences)
	for event, text := range eventSentences {
		all[eventPrefix+event] = text
	}
	return all
})

// Sentences returns all sentences by their keys, for the catalogue of texts. A sentence has the
// placeholders {person}, {application} and {target} for the names of the objects of a record.
func Sentences() map[string]string { return maps.Clone(sentences()) }

// eventPrefix begins the keys of Sentences that are not about acts.
const eventPrefix = "event "

// HasSentence reports whether the acts of a kind have a sentence. The kind is that of an
// oauth.EventAdministration or an oauth.EventOwnerChange.
func HasSentence(kind string) bool { return actSentences[act(kind)] != "" }

// SentenceKey returns the key of the sentence that says what happened. The actor is its subject.
func (r *Record) SentenceKey() string {
	if isChange(r.Event) {
		for _, key := range r.actKeys() {
			if actSentences[key] != "" {
				return key
			}
		}
	} else {
		keys := []string{r.Event + " " + r.Kind, r.Event + " " + r.Outcome}
		if r.Failed() {
			keys = []string{r.Event + " failed"}
		}
		for _, key := range keys {
			if eventSentences[key] != "" {
				return eventPrefix + key
			}
		}
	}
	return eventPrefix + r.Event
}

// ApplyPrefix begins the kind of a change that the command latchkey apply makes on a database. The act of the
// back office that makes the same change follows.
const ApplyPrefix = "latchkey apply "

// act returns the act of a kind.
func act(kind string) string { return strings.TrimPrefix(kind, ApplyPrefix) }

// actKeys returns the keys of sentences about an act, the most specific first.
func (r *Record) actKeys() (keys []string) {
	kind := act(r.Kind)
	if r.Person != "" {
		keys = append(keys, kind+" of a member")
	}
	for _, c := range r.Changes() {
		if c.Before != "" && (c.After == "" || c.After == revoked) {
			keys = append(keys, kind+" no "+c.Field)
		}
		after, _, _ := strings.Cut(c.After, ",") // "true, tokens revoked"
		keys = append(keys, kind+" "+c.Field+"="+after, kind+" "+c.Field)
	}
	return append(keys, kind)
}

// revoked is the new value of a credential that was revoked.
const revoked = "revoked"

// What returns what happened, in English, such as "Rotated a secret of Fieldnotes", with the UnknownKind in
// parentheses.
func (r *Record) What() string {
	_, details := r.parts()
	text := strings.NewReplacer(
		"{person}", cmp.Or(details.PersonName, r.Person, "a person"),
		"{application}", cmp.Or(details.ClientName, r.ClientID, "an application"),
		"{target}", cmp.Or(details.TargetName, r.Target, "an object"),
	).Replace(cmp.Or(sentences()[r.SentenceKey()], r.Event))
	if kind := r.UnknownKind(); kind != "" {
		return text + " (" + kind + ")"
	}
	return text
}

// UnknownKind returns the Kind of the event if the sentence does not say what it means, or "".
func (r *Record) UnknownKind() string {
	switch {
	case r.Event == oauth.EventPermissionDenied, r.Event == oauth.EventConfirmation, r.Event == oauth.EventKeyRotation, isChange(r.Event) && !HasSentence(r.Kind):
		return r.Kind
	}
	return ""
}

// isChange reports whether the Kind of an event is an act.
func isChange(event string) bool {
	return event == oauth.EventAdministration || event == oauth.EventOwnerChange
}

// Described is a record with what happened, for JSON.
type Described struct {
	*Record
	What string `json:"what"` // what happened, in English
}

// Described returns the record with what happened.
func (r *Record) Described() Described { return Described{r, r.What()} }
