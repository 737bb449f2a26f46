package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Hash is a SHA-256 or an HMAC.
type Hash = [sha256.Size]byte

// Row is a record as a Store keeps it. Body, Origin.Text and Details.Text are JSON, and
// are stored byte for byte, because the hash covers them.
type Row struct {
	Seq      int64     // the position in the chain, or 0 if the record is not in it yet
	ID       oauth.ID  // identifies the record
	At       time.Time // when the event happened
	Event    string    // the name of the event
	Category string    // one of oauth.Categories
	Failed   bool      // the action did not succeed
	Actor    string    // the ID of the actor, or empty
	Person   string    // the subject of the person, or empty
	ClientID string    // the application, or empty
	ErrorID  string    // the error ID that a page or the log shows, or empty
	Body     string    // the other members of the Record
	Origin   Part      // the Origin of the Record
	Details  Part      // the Details of the Record
	Hash     Hash      // covers this record and the one before
	Seal     Hash      // a keyed hash of Hash
	// Misfiled and Unfiled are set by AuditChain if the Store finds the record under another Target
	// than that of the Body, or under none. The copy of the Target is not covered by the Hash.
	Misfiled, Unfiled bool
}

// Target returns the ID of another object, or an empty string. It is a part of the Body, which the
// hash covers; a Store can keep a copy of it for its index.
func (r *Row) Target() string {
	var b body
	_ = json.Unmarshal([]byte(r.Body), &b) // Record reports a Body that cannot be read
	return cut(b.Target, maxID)
}

// Part is personal data of a row. When it is erased, Text becomes empty and Salt becomes
// zero; Digest remains.
type Part struct {
	Text   string   // JSON, or empty
	Salt   [16]byte // random, so that the Digest does not reveal the Text
	Digest Hash     // the hash of Salt and Text
}

// body has the members of a Record that have no column.
type body struct {
	Kind         string `json:"kind,omitempty"`
	Outcome      string `json:"outcome"`
	Reason       string `json:"reason,omitempty"`
	ActorKind    string `json:"actor_kind,omitempty"`
	Target       string `json:"target,omitempty"`
	PermissionID string `json:"permission_id,omitempty"`
	Scope        string `json:"scope,omitempty"`
	Repeated     int64  `json:"repeated,omitempty"`
	// Roles is the last member, and a Store finds it in the text: RolesMember.
	Roles []oauth.Change `json:"roles,omitempty"`
}

// RolesMember is a part of the Body of each record that has Roles, and of no other: a quote in a
// text of the JSON has a backslash before it.
const RolesMember = `,"roles":[`

// NewRow returns the row of a record, with new salts. The Store sets Seq, Hash and Seal.
func NewRow(r *Record) Row {
	origin, details := r.Origin, r.Details
	if origin == nil {
		origin = &Origin{}
	}
	if details == nil {
		details = &Details{}
	}
	row := Row{
		ID: oauth.NewID(r.At), At: time.UnixMilli(r.At.UnixMilli()).UTC(), Event: r.Event, Category: r.Category, Failed: r.Failed(),
		Actor: r.Actor, Person: r.Person, ClientID: r.ClientID, ErrorID: r.ErrorID,
		Body:   compact(body{shorten(r.Kind), shorten(r.Outcome), shorten(r.Reason), shorten(r.ActorKind), cut(r.Target, maxID), shorten(r.PermissionID), shorten(r.Scope), r.Repeated, r.Roles}),
		Origin: newPart(origin), Details: newPart(details),
	}
	row.bound()
	return row
}

// bound cuts the texts that have a column, so that every Store can add them to its indexes.
func (r *Row) bound() {
	for _, text := range []*string{&r.Event, &r.Category, &r.Actor, &r.Person, &r.ClientID, &r.ErrorID} {
		*text = cut(*text, maxID)
	}
}

func newPart(v any) Part {
	p := Part{Text: compact(v)}
	_, _ = rand.Read(p.Salt[:]) // never fails (crypto/rand)
	p.Digest = p.digest()
	return p
}

// digest returns the salted digest of the text.
func (p Part) digest() Hash {
	w := newWriter("latchkey audit part 1")
	w.field(p.Salt[:])
	w.field([]byte(p.Text))
	return w.sum()
}

// erased reports whether the part was erased.
func (p Part) erased() bool { return p.Text == "" }

// Record returns the record of a row.
func (r *Row) Record() (*Record, error) {
	var b body
	record := &Record{
		Seq: r.Seq, ID: r.ID.String(), At: r.At, Event: r.Event, Category: r.Category, Actor: r.Actor, Person: r.Person, ClientID: r.ClientID, ErrorID: r.ErrorID,
	}
	if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
		return nil, fmt.Errorf("the record %s of the audit log cannot be read: %w", r.ID, err)
	}
	record.Kind, record.Outcome, record.Reason, record.ActorKind = b.Kind, b.Outcome, b.Reason, b.ActorKind
	record.Target, record.PermissionID, record.Scope, record.Repeated, record.Roles = b.Target, b.PermissionID, b.Scope, b.Repeated, b.Roles
	for _, part := range []struct {
		text string
		to   any
	}{{r.Origin.Text, &record.Origin}, {r.Details.Text, &record.Details}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			return nil, fmt.Errorf("the record %s of the audit log cannot be read: %w", r.ID, err)
		}
	}
	if r.Seq > 0 {
		record.Hash, record.Seal = base64.StdEncoding.EncodeToString(r.Hash[:]), base64.StdEncoding.EncodeToString(r.Seal[:])
	}
	return record, nil
}

// Records returns the records of rows.
func Records(rows []Row) ([]*Record, error) {
	records := make([]*Record, len(rows))
	for i := range rows {
		var err error
		if records[i], err = rows[i].Record(); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// chained returns the hash of the row after the row with the given hash.
func (r *Row) chained(previous Hash) Hash {
	w := newWriter("latchkey audit row 1")
	w.field(previous[:])
	w.number(r.Seq)
	w.field(r.ID[:])
	w.number(r.At.UnixMilli())
	failed := int64(0)
	if r.Failed {
		failed = 1
	}
	w.number(failed)
	for _, text := range []string{r.Event, r.Category, r.Actor, r.Person, r.ClientID, r.ErrorID, r.Body} {
		w.field([]byte(text))
	}
	w.field(r.Origin.Digest[:])
	w.field(r.Details.Digest[:])
	return w.sum()
}

// Head is a position in the chain. The zero value is the position before the first record.
type Head struct {
	Seq  int64     // of the record
	Hash Hash      // of the record
	Seal Hash      // of the record
	At   time.Time // of the record
}

// String returns the position and the hash, as ParseHead reads them.
func (h Head) String() string {
	return strconv.FormatInt(h.Seq, 10) + ":" + base64.RawURLEncoding.EncodeToString(h.Hash[:])
}

// ParseHead parses the text of a Head. It has no Seal.
func ParseHead(text string) (h Head, err error) {
	seq, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
	h.Seq, err = strconv.ParseInt(seq, 10, 64)
	raw, hashErr := base64.RawURLEncoding.Strict().DecodeString(hash)
	if err != nil || hashErr != nil || h.Seq < 0 || len(raw) != len(h.Hash) || seq != strconv.FormatInt(h.Seq, 10) {
		return Head{}, errors.New("a head is a number, a colon and 43 characters, as latchkey audit verify prints it")
	}
	copy(h.Hash[:], raw)
	return h, nil
}

// The purposes of seals.
const (
	sealRow    = "row"
	sealHead   = "head"
	sealAnchor = "anchor"
)

// seal returns the HMAC of a position for a purpose.
func seal(key []byte, purpose string, seq int64, hash Hash) Hash {
	w := writer{hmac.New(sha256.New, key)}
	w.field([]byte("latchkey audit seal 1"))
	w.field([]byte(purpose))
	w.number(seq)
	w.field(hash[:])
	return w.sum()
}

// writer hashes fields, each with its length before it.
type writer struct{ hash.Hash }

func newWriter(purpose string) writer {
	w := writer{sha256.New()}
	w.field([]byte(purpose))
	return w
}

func (w writer) field(b []byte) {
	w.number(int64(len(b)))
	_, _ = w.Write(b) // a hash never fails
}

func (w writer) number(n int64) {
	_, _ = w.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // only its bits count
}

func (w writer) sum() (h Hash) {
	w.Sum(h[:0])
	return h
}
