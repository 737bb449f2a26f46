package adminapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// requests are the bodies of the operations that need one, by method and path.
var requests = map[string]string{
	"POST applications":              `{"client_name": "Added", "grant_types": ["client_credentials"]}`,
	"PATCH applications/{id}":        `{"client_name": "Changed"}`,
	"POST applications/{id}/secret":  `{"overlap": 60}`,
	"POST applications/{id}/disable": `{}`,
	"POST people":                    `{"username": "grace", "email": "grace@example.com"}`,
	"POST import-people":             `{"people": [{"username": "grace", "password_hash": "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`,
	"PATCH people/{id}":              `{"name": "Ada"}`,
	"POST people/{id}/disable":       `{"keep_tokens": true}`,
	"POST keys":                      `{"alg": "EdDSA"}`,
	"POST keys/{id}/retire":          `{}`,
	"POST initial-access-tokens":     `{"name": "Robots", "uses": 2}`,
	"POST groups":                    `{"name": "Staff"}`,
	"PATCH groups/{id}":              `{"description": "Everybody"}`,
	"POST groups/{id}/members":       `{"people": []}`,
	"POST scopes":                    `{"name": "pay"}`,
	"PATCH scopes/{id}":              `{"description": "Pay"}`,
	"POST resources":                 `{"uri": "https://pay.example"}`,
	"PATCH resources/{id}":           `{"name": "Pay"}`,
	"POST invitations":               `{"note": "for Grace", "days": 3}`,
	"POST applications/{id}/reject":  `{"reason": "The redirect URI is not yours."}`,
	"PUT people/{id}/metadata":       `{"metadata": {"plan": "team"}}`,
	"POST login-providers":           `{"name": "added", "settings": {"issuer": "https://added.example", "client_id": "c"}, "client_secret": "hush"}`,
	"PATCH login-providers/{id}":     `{"settings": {"title": "Acme", "groups": ["staff"]}}`,
	"POST login-providers/{id}/test": `{}`,
	"POST people/{id}/password":      `{"password": "a long passphrase of Ada"}`,
	"POST people/{id}/api-tokens":    `{"name": "Job", "scopes": ["latchkey:tokens:write"]}`,
	"POST find-token":                `{"token": "TOKEN"}`,
	"POST apply":                     `{"file": "applications: []", "dry_run": true}`,
}

// objects returns the IDs of objects for the wildcards of a path. They are new for each call,
// because an operation can delete them.
func (s server) objects(t *testing.T, op adminapi.Operation, n int) string {
	t.Helper()
	name := fmt.Sprint("ada", n)
	path := op.Path
	if strings.Contains(path, "{client}") || strings.HasPrefix(path, "applications/{id}") || strings.HasPrefix(path, "sessions/") || strings.Contains(path, "tokens/") {
		c, secret := s.AddClient("https://shop.example/cb", nil)
		tokens := s.Tokens(c, secret, name, "read")
		path = strings.ReplaceAll(path, "{client}", c.ID)
		path = strings.ReplaceAll(path, "{secret}", c.Secrets[0].ID)
		if strings.HasPrefix(path, "applications/") {
			path = strings.ReplaceAll(path, "{id}", c.ID)
		}
		if strings.HasPrefix(path, "tokens/") || strings.HasPrefix(path, "access-tokens/") {
			access, _ := oauth.ParseToken(tokens.AccessToken, oauth.KindAccess)
			stored, _, err := s.Store.AccessToken(t.Context(), access.ID)
			if err != nil {
				t.Fatal(err)
			}
			id := stored.ID
			if strings.HasPrefix(path, "tokens/") {
				id = stored.FamilyID
			}
			path = strings.ReplaceAll(path, "{id}", id.String())
		}
		if strings.HasSuffix(op.Path, "/approve") || strings.HasSuffix(op.Path, "/reject") {
			c.Review, c.Disabled = oauth.ReviewWaiting, true
			if err := s.Store.UpdateClient(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if op.Path == "applications/{id}/restore" {
			if err := s.Store.DiscardClient(t.Context(), c.ID, 0, s.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if strings.HasPrefix(path, "groups/") {
		g := &account.Group{Name: "group-" + name}
		if err := s.Accounts.CreateGroup(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if path = strings.Replace(path, "{id}", g.ID, 1); strings.Contains(path, "{person}") {
			u := s.Add(account.NewUser{Username: "person-" + name})
			if _, _, err := s.Accounts.AddMembers(t.Context(), g.ID, u.ID); err != nil {
				t.Fatal(err)
			}
			path = strings.Replace(path, "{person}", u.ID, 1)
		}
	}
	if strings.HasPrefix(path, "people/") || strings.Contains(path, "{person}") {
		u := s.Add(account.NewUser{Username: "person-" + name})
		path = strings.NewReplacer("{id}", u.ID, "{person}", u.ID).Replace(path)
		if strings.Contains(path, "{token}") {
			path = strings.ReplaceAll(path, "{token}", s.personalToken(t, u.ID))
		}
		if op.Path == "people/{id}/keep" {
			u.DeleteAt = s.Now().Add(time.Hour)
			if err := s.Store.ScheduleDeletion(t.Context(), account.Deletion{User: u, At: s.Now(), DeleteAt: u.DeleteAt}); err != nil {
				t.Fatal(err)
			}
		}
	}
	switch {
	case strings.HasPrefix(path, "scopes/"):
		s.define(t, oauth.DefinesScope, "scope-"+name)
		path = strings.Replace(path, "{id}", "scope-"+name, 1)
	case strings.HasPrefix(path, "resources/"):
		uri := "https://" + name + ".example"
		s.define(t, oauth.DefinesResource, uri)
		path = strings.Replace(path, "{id}", url.PathEscape(uri), 1)
	case strings.HasPrefix(path, "login-providers/"):
		settings := fmt.Sprintf(`{"name": %q, "settings": {"issuer": "https://127.0.0.1:1/%s", "client_id": "c"}}`, name, name)
		s.want(http.StatusCreated, s.as(account.RoleAdministrator), "POST", "login-providers", settings)
		path = strings.Replace(path, "{id}", name, 1)
	case strings.HasPrefix(path, "attempts/"):
		c, secret := s.AddClient("https://shop.example/cb", nil)
		s.Tokens(c, secret, name, "read")
		var list struct{ Data []struct{ ID string } }
		if err := json.Unmarshal(s.call(s.as(account.RoleAuditor), "GET", "attempts?client_id="+c.ID, "").body, &list); err != nil || len(list.Data) == 0 {
			t.Fatalf("no attempts: %v", err)
		}
		path = "attempts/" + list.Data[0].ID
	case strings.HasPrefix(path, "sessions/"):
		rows, _, err := s.Store.Sessions(t.Context(), account.SessionFilter{}, page())
		if err != nil || len(rows) == 0 {
			t.Fatalf("%d sessions, %v", len(rows), err)
		}
		path = "sessions/" + rows[0].ID
	case strings.HasPrefix(path, "unfinished-requests/"):
		ticket := oauth.Ticket{Kind: "code", ID: oauth.NewID(s.Now()), IssuedAt: s.Now(), ExpiresAt: s.Now().Add(time.Minute)}
		if err := s.Store.Put(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
		path = "unfinished-requests/code/" + ticket.ID.String()
	case strings.HasPrefix(path, "keys/"):
		keys, err := s.Server.Keys().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		path = strings.ReplaceAll(path, "{id}", keys[0].ID)
	case strings.HasPrefix(path, "initial-access-tokens/"):
		created := s.want(http.StatusCreated, s.as(account.RoleAdministrator), "POST", "initial-access-tokens", `{"name": "Robots"}`)
		path = "initial-access-tokens/" + created.text("id")
	case strings.HasPrefix(path, "invitations/"):
		i, _, err := s.Server.Invite(t.Context(), account.NewInvitation{Email: name + "@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		path = strings.Replace(path, "{id}", i.ID, 1)
	case strings.HasPrefix(path, "rejected-requests/"):
		response, err := http.Get(s.Issuer + "/authorize/?client_id=unknown")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		var list struct{ Data []struct{ ID string } }
		if err := json.Unmarshal(s.call(s.as(account.RoleAuditor), "GET", "rejected-requests?unknown=true", "").body, &list); err != nil || len(list.Data) == 0 {
			t.Fatalf("no rejected requests: %v", err)
		}
		path = "rejected-requests/" + list.Data[0].ID
	}
	return path
}

// TestEveryOperationAsEveryRole: an operation succeeds if and only if the role has the
// permission, and a scope of another kind is not enough. Every response is one that the
// OpenAPI document describes, and so is its body.
func TestEveryOperationAsEveryRole(t *testing.T) {
	s := start(t, func(o *latchkey.Options) { o.SendMail = func(context.Context, latchkey.Mail) error { return nil } })
	s.AddUser("root", true) // one administrator remains
	document := s.document()
	n := 0
	for _, role := range append(account.AllRoles(), "") {
		token := s.as(role)
		narrow := make(map[string]string) // tokens with one scope
		for _, info := range oauth.AdminScopeInfos() {
			narrow[info.Name] = s.as(role, info.Name)
		}
		for _, op := range adminapi.Operations() {
			n++
			path := s.objects(t, op, n)
			body := requests[op.Method+" "+op.Path]
			if op.Path == "scopes" || op.Path == "resources" {
				body = strings.ReplaceAll(body, "pay", fmt.Sprint("pay", n))
			}
			if op.Path == "people" || op.Path == "import-people" {
				body = strings.ReplaceAll(body, "grace", fmt.Sprint("grace", n))
			}
			if op.Path == "login-providers" {
				body = strings.ReplaceAll(body, "added", fmt.Sprint("added", n))
			}
			if op.Path == "find-token" {
				c, secret := s.AddClient("https://shop.example/cb", nil)
				body = strings.Replace(body, "TOKEN", s.Tokens(c, secret, fmt.Sprint("found", n), "read").AccessToken, 1)
			}
			token, narrow := token, narrow
			if op.Method+" "+op.Path == "POST people/{id}/api-tokens" { // people do it for themselves
				path, token, narrow = s.withOwnTokens(role, fmt.Sprint("owner", n))
			}
			send := func(token string) answer {
				headers := []string{}
				if op.Conditional {
					headers = append(headers, "If-Match: *")
				}
				return s.call(token, op.Method, path, body, headers...)
			}
			name := fmt.Sprintf("%s %s as %q", op.Method, op.Path, role)
			for scope, token := range narrow {
				if slices.Contains(op.Scopes, scope) {
					continue
				}
				if a := send(token); a.StatusCode != http.StatusForbidden {
					t.Errorf("%s with the scope %s: %s %s", name, scope, a.Status, a.body)
				}
			}
			a := send(token)
			allowed := (account.Roles{role}).Allow(op.Permission)
			if op.Path == "applications/{id}/registration-token" && a.StatusCode == http.StatusConflict {
				continue // it did not register itself
			}
			if op.Path == "applications/{id}/secrets/{secret}" && a.StatusCode == http.StatusConflict {
				continue // it is the only secret
			}
			if allowed != (a.StatusCode < 300) || (a.StatusCode == http.StatusForbidden) == allowed {
				t.Errorf("%s: %s %s", name, a.Status, a.body)
			}
			for _, fault := range document.faults(op.Method, "/"+op.Path, a) {
				t.Errorf("%s: %s: %s", name, fault, a.body)
			}
		}
	}
}

// withOwnTokens adds a person with a role, and returns the path of their API tokens, a token with all
// scopes, and one token for each scope.
func (s server) withOwnTokens(role account.Role, username string) (path, token string, narrow map[string]string) {
	s.t.Helper()
	u := s.Add(account.NewUser{Username: username, Roles: slices.DeleteFunc(account.Roles{role}, func(r account.Role) bool { return r == "" })})
	narrow = make(map[string]string)
	for _, info := range oauth.AdminScopeInfos() {
		narrow[info.Name], _ = s.ownToken(u.ID, time.Hour, info.Name)
	}
	return "people/" + u.ID + "/api-tokens", narrow[oauth.ScopeAdmin], narrow
}

// ownToken adds an API token of a person, and returns its text and its ID.
func (s server) ownToken(person string, ttl time.Duration, scopes ...string) (text, id string) {
	s.t.Helper()
	text = oauth.NewToken(oauth.KindPersonal, s.Now()).String()
	added, err := s.Accounts.AddPersonalToken(s.t.Context(), person, text, "Job", scopes, ttl)
	if err != nil {
		s.t.Fatal(err)
	}
	return text, added.ID
}

// TestEveryChangeIsRecorded: each operation that changes something names the action of the
// back office under which it is recorded.
func TestEveryChangeIsRecorded(t *testing.T) {
	for _, op := range adminapi.Operations() {
		if (op.Act == "") != (op.Method == http.MethodGet) {
			t.Errorf("%s %s is recorded as %q", op.Method, op.Path, op.Act)
		}
		if len(op.Scopes) == 0 || !slices.Contains(op.Scopes, oauth.ScopeAdmin) {
			t.Errorf("%s %s needs one of %q", op.Method, op.Path, op.Scopes)
		}
	}
}

// TestOperatorsCannotTouchAdministrators at this API either.
func TestOperatorsCannotTouchAdministrators(t *testing.T) {
	s := start(t)
	root := s.AddUser("root", true)
	s.Browser().LogIn(s.Browser().Open(s.URL+"/admin/"), "root")
	operator, limited := s.as(account.RoleOperator), s.as(account.RoleAdministrator, "latchkey:people:write", "latchkey:tokens:write")
	for _, token := range []string{operator, limited} {
		s.want(http.StatusForbidden, token, "PATCH", "people/"+root.ID, `{"name": "x"}`, "If-Match: *")
		for _, action := range []string{"disable", "enable", "logout", "revoke", "keep", "password"} {
			s.want(http.StatusForbidden, token, "POST", "people/"+root.ID+"/"+action, "")
		}
		s.want(http.StatusForbidden, token, "DELETE", "people/"+root.ID, "")
		s.want(http.StatusForbidden, token, "DELETE", "consents/shop/"+root.ID, "")
	}
	s.want(http.StatusForbidden, limited, "POST", "people", `{"username": "eve", "roles": ["administrator"]}`)
	s.want(http.StatusCreated, limited, "POST", "people", `{"username": "eve", "email": "eve@example.com"}`)
	s.want(http.StatusForbidden, limited, "PUT", "people/"+root.ID+"/metadata", `{"metadata": {}}`)
	s.want(http.StatusForbidden, limited, "DELETE", "people/"+root.ID+"/picture", "")
	s.want(http.StatusForbidden, limited, "POST", "people/"+root.ID+"/reset-factors", "")
	s.want(http.StatusForbidden, limited, "POST", "invitations", `{"admin": true}`)
	if rows, _, err := s.Store.Sessions(t.Context(), account.SessionFilter{UserID: root.ID}, page()); err != nil {
		t.Error(err)
	} else {
		for _, row := range rows {
			s.want(http.StatusForbidden, operator, "DELETE", "sessions/"+row.ID, "")
		}
	}
}

// personalToken adds a personal token of a person, and returns its ID.
func (s server) personalToken(t *testing.T, person string) string {
	t.Helper()
	accounts := account.New(account.Config{Store: s.Store, Clock: s.Now})
	added, err := accounts.AddPersonalToken(t.Context(), person, oauth.NewToken(oauth.KindPersonal, s.Now()).String(), "Job", []string{oauth.ScopeAdmin}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return added.ID
}

// document is the OpenAPI document.
type document struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct{ Schema map[string]any }
			Headers map[string]any
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

func (s server) document() (d document) {
	s.t.Helper()
	if err := json.Unmarshal(s.want(http.StatusOK, "", "GET", "openapi.json", "").body, &d); err != nil {
		s.t.Fatal(err)
	}
	return d
}

// faults returns how a response differs from the document.
func (d document) faults(method, path string, a answer) []string {
	described, ok := d.Paths[path][strings.ToLower(method)].Responses[strconv.Itoa(a.StatusCode)]
	if !ok {
		return []string{"the document does not describe the status"}
	}
	if len(described.Content) == 0 {
		if len(a.body) > 0 {
			return []string{"the document describes no body"}
		}
		return nil
	}
	content, ok := described.Content[a.Header.Get("Content-Type")]
	if !ok {
		return []string{"the document does not describe the type " + a.Header.Get("Content-Type")}
	}
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		return []string{err.Error()}
	}
	return d.check(content.Schema, value, "")
}

// check checks a value by the keywords that the document uses. Members that are not described
// are faults, although the document allows later releases to add some.
func (d document) check(schema map[string]any, value any, at string) (faults []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return d.check(d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")], value, at)
	}
	add := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	switch value := value.(type) {
	case map[string]any:
		if schema["type"] == nil {
			return nil // any value
		}
		properties, _ := schema["properties"].(map[string]any)
		if schema["type"] != "object" {
			add("an object is not a %v", schema["type"])
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			property, ok := properties[name].(map[string]any)
			if !ok {
				if property, ok = schema["additionalProperties"].(map[string]any); !ok {
					add("%s is not described", name)
					continue
				}
			}
			faults = append(faults, d.check(property, value[name], at+"."+name)...)
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := value[name.(string)]; !ok {
				add("%s is missing", name)
			}
		}
	case []any:
		items, ok := schema["items"].(map[string]any)
		if schema["type"] != nil && (schema["type"] != "array" || !ok) {
			add("an array is not a %v", schema["type"])
		}
		for i, element := range value {
			faults = append(faults, d.check(items, element, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case string:
		if schema["type"] != nil && schema["type"] != "string" {
			add("a string is not a %v", schema["type"])
		}
		if values, ok := schema["enum"].([]any); ok && !slices.Contains(values, any(value)) {
			add("%q is not one of %v", value, values)
		}
		if _, err := time.Parse(time.RFC3339, value); schema["format"] == "date-time" && err != nil {
			add("%v", err)
		}
	case float64:
		if schema["type"] != nil && schema["type"] != "integer" {
			add("a number is not a %v", schema["type"])
		}
	case bool:
		if schema["type"] != nil && schema["type"] != "boolean" {
			add("true or false is not a %v", schema["type"])
		}
	case nil:
		add("null is not described")
	}
	return faults
}
