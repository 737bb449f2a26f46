package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// mockData holds the users, clients, scopes and resources of a mock when it starts.
type mockData struct {
	file      string // the name of the file with the data, or empty
	users     []account.ImportedUser
	clients   []mockClient
	scopes    []oauth.ScopeInfo
	resources []oauth.ResourceInfo
}

// withFile returns an error about the data, with the name of its file.
func (d mockData) withFile(err error) error {
	if d.file == "" {
		return err
	}
	return aboutFile(d.file, err)
}

// mockSubject returns the sub of a user whose file has none. It depends only on the username, so that
// it is the same each time a mock starts.
func mockSubject(username string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("latchkey mock "+strings.ToLower(strings.TrimSpace(username)))).String()
}

type mockClient struct {
	*oauth.Client
	secret string
}

// defaultMockData returns the users and the client of a mock without a file.
func defaultMockData() mockData {
	return mockData{
		users: []account.ImportedUser{
			{NewUser: account.NewUser{Username: "ada", Name: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true, Admin: true}},
			{NewUser: account.NewUser{Username: "bob", Name: "Bob", Email: "bob@example.com"}},
		},
		clients: []mockClient{{&oauth.Client{ID: "app", Name: "Test app", RedirectURIs: []string{"http://localhost/callback", "http://127.0.0.1/callback"}}, "secret"}},
	}
}

const (
	longestMockFile = 1 << 20
	mostMockEntries = 1000 // of each kind
)

// readMockFile reads a JSON file. Every error names the member that is invalid.
func readMockFile(name string) (data mockData, err error) {
	defer func() {
		if err != nil {
			err = aboutFile(name, err)
		}
	}()
	file, err := os.Open(name) //nolint:gosec // the person names the file
	if err != nil {
		return data, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, longestMockFile+1))
	if err != nil {
		return data, err
	}
	if len(text) > longestMockFile {
		return data, fmt.Errorf("the file is longer than %d bytes", longestMockFile)
	}
	if err := checkSyntax(text); err != nil {
		return data, err
	}
	data.file = name
	var users, clients, scopes, resources []json.RawMessage
	if err := readMembers("", text, map[string]any{"users": &users, "clients": &clients, "scopes": &scopes, "resources": &resources}); err != nil {
		return data, err
	}
	if max(len(users), len(clients), len(scopes), len(resources)) > mostMockEntries {
		return data, fmt.Errorf("there are more than %d users, clients, scopes or resources", mostMockEntries)
	}
	for i, text := range users {
		var user account.ImportedUser
		if err := readMembers(fmt.Sprintf("users[%d]", i), text, map[string]any{
			"username": &user.Username, "sub": &user.ID, "name": &user.Name, "email": &user.Email, "email_verified": &user.EmailVerified, "admin": &user.Admin, "claims": &user.Claims,
		}); err != nil {
			return data, err
		}
		if id, err := uuid.Parse(user.ID); user.ID != "" && (err != nil || id.String() != user.ID) {
			return data, fmt.Errorf("users[%d]: sub: the value must be a UUID with lower case letters, such as 0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", i)
		}
		data.users = append(data.users, user)
	}
	for i, text := range scopes {
		var scope oauth.ScopeInfo
		if err := readMembers(fmt.Sprintf("scopes[%d]", i), text, map[string]any{"name": &scope.Name, "description": &scope.Description, "claims": &scope.Claims, "weight": &scope.Weight}); err != nil {
			return data, err
		}
		data.scopes = append(data.scopes, scope)
	}
	for i, text := range resources {
		var resource oauth.ResourceInfo
		var lifetime duration
		var scopes []string
		if err := readMembers(fmt.Sprintf("resources[%d]", i), text, map[string]any{
			"uri": &resource.URI, "name": &resource.Name, "scopes": &scopes, "token_format": &resource.TokenFormat, "signing_alg": &resource.SigningAlg, "access_token_ttl": &lifetime, "client_id": &resource.ClientID,
		}); err != nil {
			return data, err
		}
		resource.Scopes, resource.AccessTokenTTL = scopes, time.Duration(lifetime)
		data.resources = append(data.resources, resource)
	}
	for i, text := range clients {
		client, err := readMockClient(text)
		if err != nil {
			return data, fmt.Errorf("clients[%d]: %w", i, err)
		}
		data.clients = append(data.clients, client)
	}
	return data, nil
}

// checkSyntax returns an error with the line of the first mistake in the JSON of a file. Text after
// the first value is reported by eachMember.
func checkSyntax(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(new(json.RawMessage))
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:wrong.Offset-1], []byte("\n")), wrong)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON has no end: a bracket or a quotation mark is missing")
	}
	return nil
}

// readMockClient reads a client in the form that "latchkey app show --json" prints,
// with a member client_secret.
func readMockClient(text []byte) (client mockClient, err error) {
	members := make(map[string]json.RawMessage)
	if err := eachMember(text, func(name string, value json.RawMessage) error {
		members[name] = value
		return nil
	}); err != nil {
		return client, err
	}
	if secret, found := members["client_secret"]; found {
		delete(members, "client_secret")
		if err := json.Unmarshal(secret, &client.secret); err != nil {
			return client, errors.New("client_secret: " + wrongJSON(err))
		}
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return client, err
	}
	client.Client = &oauth.Client{}
	err = setMembers(rest, client.Client, true)
	client.Name = cmp.Or(client.Name, client.ID)
	return client, err
}

// readMembers decodes the members of a JSON object. place is where the object is, such
// as "users[0]", or "" for the file.
func readMembers(place string, text []byte, into map[string]any) error {
	if place != "" {
		place += ": "
	}
	err := eachMember(text, func(name string, value json.RawMessage) error {
		target, known := into[name]
		if !known {
			return fmt.Errorf("unknown member %q%s", name, settings.DidYouMean(name, slices.Collect(maps.Keys(into))))
		}
		if err := json.Unmarshal(value, target); err != nil {
			return errors.New(name + ": " + wrongJSON(err))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s%w", place, err)
	}
	return nil
}

// eachMember calls visit for each member of a JSON object.
func eachMember(text []byte, visit func(name string, value json.RawMessage) error) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("this is not a JSON object")
	}
	seen := make(map[string]bool)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("the member %q appears twice", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := visit(name, value); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is text after the JSON object")
	}
	return nil
}

// wrongJSON describes an error of package json without the names of Go types.
func wrongJSON(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "the value must not be a JSON " + wrong.Value
	}
	return err.Error()
}
