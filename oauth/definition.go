package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// A DefinitionKind is what a Definition defines.
type DefinitionKind string

// The kinds of definitions.
const (
	DefinesScope    DefinitionKind = "scope"
	DefinesResource DefinitionKind = "resource"
)

// A Definition is a scope or a resource that an administrator has added to the Store. It
// applies in addition to those of the configuration. If both have the same name, that of the
// configuration applies.
type Definition struct {
	Kind DefinitionKind // a scope or a resource
	Name string         // the name of the scope, or the URI of the resource
	// Settings are the other values as a JSON object. The Store does not read them.
	Settings json.RawMessage
	// Version is 1 at first, and incremented by each change.
	Version int64
	// CreatedAt and UpdatedAt are when the definition was added and last changed.
	CreatedAt, UpdatedAt time.Time
}

// MaxDefinitions is the maximum number of definitions of a kind in a Store.
const MaxDefinitions = 500

// ErrTooManyDefinitions means that there are MaxDefinitions of the kind already.
var ErrTooManyDefinitions = errors.New("there are too many scopes or resources; delete one first")

// ErrRevised means that the Revision of the Store has changed.
var ErrRevised = errors.New("something else was changed at the same time")

// A DefinitionStore stores definitions. Each change also changes the Version of the Store, as
// a change to a client does.
type DefinitionStore interface {
	// Definitions returns all of them, by kind and name.
	Definitions(ctx context.Context) ([]Definition, error)
	// Revision returns a positive number that each change of a definition or a client increments,
	// in whichever process it is made. A caller reads the number before the definitions and clients
	// on which a change depends, and makes the change on the condition that it is still the same.
	Revision(ctx context.Context) (int64, error)
	// AddDefinition adds one. It returns ErrConflict if one with the kind and the name exists,
	// and ErrTooManyDefinitions. The number is exact among any number of processes.
	AddDefinition(ctx context.Context, d Definition) error
	// UpdateDefinition saves the Settings and UpdatedAt, if the row still has d.Version, and
	// increments the version. Otherwise it returns ErrConflict or ErrNotFound. If revision is not
	// zero and differs from the Revision, it returns ErrRevised.
	UpdateDefinition(ctx context.Context, d Definition, revision int64) error
	// RemoveDefinition removes one, or returns ErrNotFound, or ErrConflict if version is not
	// zero and differs from the stored one. If revision is not zero and differs from the Revision,
	// it returns ErrRevised.
	RemoveDefinition(ctx context.Context, kind DefinitionKind, name string, version, revision int64) error
}

// A ScopeDefinition is a scope in the Store. Its JSON form has the names of the configuration
// file.
type ScopeDefinition struct {
	ScopeInfo
	// Default grants the scope to a request without a scope, if the client may have it.
	Default bool `json:"default,omitempty"`
}

// Settings returns everything but the name, for Definition.Settings.
func (d ScopeDefinition) Settings() json.RawMessage {
	d.Name = ""
	text, _ := json.Marshal(d) // texts and booleans
	return text
}

// ScopeOf returns the scope of a definition. It is an error if the settings have a member that
// this release does not know: it could be a condition for using the scope.
func ScopeOf(d Definition) (ScopeDefinition, error) {
	var scope ScopeDefinition
	err := decodeSettings(d.Settings, &scope)
	scope.Name = d.Name
	return scope, err
}

// resourceJSON is the JSON form of a ResourceInfo, with the names of the configuration file.
type resourceJSON struct {
	URI            string      `json:"uri,omitempty"`
	Name           string      `json:"name,omitempty"`
	Scopes         []string    `json:"scopes,omitempty"`
	TokenFormat    TokenFormat `json:"token_format,omitempty"`
	SigningAlg     string      `json:"signing_alg,omitempty"`
	AccessTokenTTL Lifetime    `json:"access_token_ttl,omitempty"`
	ClientID       string      `json:"client_id,omitempty"`
}

// MarshalJSON returns an object with the names of the configuration file. The lifetime is a
// number of seconds.
func (i ResourceInfo) MarshalJSON() ([]byte, error) {
	return json.Marshal(resourceJSON{i.URI, i.Name, i.Scopes, i.TokenFormat, i.SigningAlg, Lifetime(i.AccessTokenTTL), i.ClientID})
}

// UnmarshalJSON reads what MarshalJSON returns. Unknown members are an error.
func (i *ResourceInfo) UnmarshalJSON(text []byte) error {
	var r resourceJSON
	if err := decodeSettings(text, &r); err != nil {
		return err
	}
	*i = ResourceInfo{r.URI, r.Name, r.Scopes, r.TokenFormat, r.AccessTokenTTL.Duration(), r.SigningAlg, r.ClientID}
	return nil
}

// Settings returns everything but the URI, for Definition.Settings.
func (i ResourceInfo) Settings() json.RawMessage {
	i.URI = ""
	text, _ := json.Marshal(i) // texts and a number
	return text
}

// ResourceOf returns the resource of a definition. It is an error if the settings have a member
// that this release does not know: it could be a condition for using the resource.
func ResourceOf(d Definition) (ResourceInfo, error) {
	var info ResourceInfo
	err := decodeSettings(d.Settings, &info)
	info.URI = d.Name
	return info, err
}

// decodeSettings reads one JSON object, without unknown members.
func decodeSettings(text json.RawMessage, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("the settings cannot be read: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the settings cannot be read: there is something after the object")
	}
	return nil
}
