// Package clientfields describes the fields of a client to people: each has a
// label, a help text, a group and, where it has them, choices. The form of the
// back office, the flags of the command line, what both show of a client, and
// the reference page are made from this one table.
//
// Reading order: field.go, table.go, choices.go, texts.go, host.go, legacy.go, value.go, connection.go.
package clientfields

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Field is a field of oauth.Client.
type Field struct {
	// Name is the name in JSON.
	Name string
	// Label is a noun, and Help one or more sentences.
	Label, Help string
	// Default describes in a few words what an empty field means; may be empty.
	Default string
	// Choices are the values that the field can have; nil means any.
	Choices []Choice
	// Only is the type of the clients that the field applies to; empty means all.
	Only oauth.ClientType
	// Fixed fields are set when a client is added, and never changed.
	Fixed bool
	// Commas reports whether an element of the list can contain a comma. The elements of
	// other lists can be separated by commas.
	Commas bool
	// Needs is the permission that a change of the field needs. Empty means ApplicationsTrust;
	// see Permission.
	Needs account.Permission
	// Risk is the change that can lock an application or people out; empty means none.
	Risk Risk
	// ShortFlag is a shorter name for the flag; may be empty.
	ShortFlag string
	// Kind selects how a person enters the value. Groups derives it from the type
	// of the Go field.
	Kind Kind
}

// Choice is a value of a field.
type Choice struct {
	Value string // the value in the client metadata
	// Text explains the value in a sentence; may be empty.
	Text string
	// Short is a shorter name on the command line; may be empty.
	Short string
	// Key is the key of the Text in the catalogue; empty if the Text has no translation.
	Key string
}

// Name returns the short name of a value that is a URN, and otherwise the value.
func (c Choice) Name() string {
	if strings.HasPrefix(c.Value, "urn:") && c.Short != "" {
		return c.Short
	}
	return c.Value
}

// Kind selects how a person enters a value.
type Kind string

// The kinds.
const (
	Text     Kind = "text"
	URL      Kind = "URL"
	List     Kind = "list" // of texts
	Scopes   Kind = "scopes"
	Switch   Kind = "switch"
	Lifetime Kind = "lifetime"
	Seconds  Kind = "seconds"
	JSON     Kind = "JSON"
	Account  Kind = "username" // the field has the id of the account
	Accounts Kind = "names"    // usernames; the field has the ids of the accounts
	Kept     Kind = "kept"     // by Latchkey; nobody enters it
)

// Group is a part of a form.
type Group struct {
	Title  string  // the heading of the group
	Fields []Field // the fields of the group, in the order in which they are shown
	// Basic groups have the fields that most applications need.
	Basic bool
	// Status groups are not part of a form: a page has buttons that change their fields.
	Status bool
}

// Groups returns the fields in the order in which they are shown.
func Groups() []Group {
	groups := table()
	for _, g := range groups {
		for i := range g.Fields {
			g.Fields[i].Kind = g.Fields[i].kind()
		}
	}
	return groups
}

// All returns the fields of all groups.
func All() []Field {
	var all []Field
	for _, g := range Groups() {
		all = append(all, g.Fields...)
	}
	return all
}

// kind follows from the type of the Go field.
func (f Field) kind() Kind {
	switch f.Name {
	case "co_owner_ids":
		return Accounts
	case "registered_by_person", "review", "review_reason":
		return Kept
	}
	switch f.pointer(new(oauth.Client)).(type) {
	case *bool:
		return Switch
	case *[]string, *[]oauth.LegacyException:
		return List
	case *oauth.Scopes:
		return Scopes
	case *oauth.Lifetime:
		return Lifetime
	case **int64:
		return Seconds
	case *json.RawMessage, *oauth.Translations:
		return JSON
	case *time.Time, *int64:
		return Kept
	}
	switch {
	case f.Name == "owner_id", f.Name == "service_user_id":
		return Account
	case strings.HasSuffix(f.Name, "_uri"):
		return URL
	}
	return Text
}

// OfAccounts reports whether the field has an effect only if the people have accounts
// of Latchkey, and not if they are those of a host program.
func (f Field) OfAccounts() bool {
	return f.Kind == Account || f.Kind == Accounts || f.Name == "require_second_factor"
}

// IsTime reports whether the field is a point in time.
func (f Field) IsTime() bool {
	_, isTime := f.pointer(new(oauth.Client)).(*time.Time)
	return isTime
}

// pointer returns a pointer to the field of the client.
func (f Field) pointer(c *oauth.Client) any {
	index, exists := fieldIndexes()[f.Name]
	if !exists {
		panic(fmt.Sprintf("clientfields: oauth.Client has no field %q", f.Name))
	}
	return reflect.ValueOf(c).Elem().FieldByIndex(index).Addr().Interface()
}

// fieldIndexes are the indexes of the Go fields, by their names in JSON. They are found
// once: each search would allocate a description of all fields.
var fieldIndexes = sync.OnceValue(func() map[string][]int {
	indexes := make(map[string][]int)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		indexes[name] = field.Index
	}
	return indexes
})

// Input returns the name of the field in a form. It is the name in JSON, except
// for an account, of which a person enters the username.
func (f Field) Input() string {
	switch f.Kind {
	case Account:
		return strings.TrimSuffix(f.Name, "_id")
	case Accounts:
		return strings.TrimSuffix(f.Name, "_ids") + "s"
	}
	return f.Name
}

// Flag returns the name of the flag on the command line. The flag of a list has
// one element, and can be repeated.
func (f Field) Flag() string {
	name := strings.ReplaceAll(f.Input(), "_", "-")
	if f.Kind == List || f.Kind == Accounts {
		name = strings.TrimSuffix(name, "s")
	}
	return name
}

// Repeatable reports whether the field has any number of values.
func (f Field) Repeatable() bool { return f.Kind == List || f.Kind == Accounts || f.Kind == Scopes }
