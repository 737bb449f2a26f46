package adminapi_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// add adds an application with the API.
func (s server) add(token, body string) answer {
	s.t.Helper()
	return s.want(http.StatusCreated, token, "POST", "applications", body)
}

// TestAnApplicationIsAddedChangedAndDeleted with the secret that its response shows once.
func TestAnApplicationIsAddedChangedAndDeleted(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	added := s.add(token, `{"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"], "access_token_ttl": 600, "metadata": {"plan": "gold"}}`)
	id, secret := added.text("client_id"), added.text("client_secret")
	if secret == "" || added.Header.Get("Location") != "/admin/api/v1/applications/"+id || added.Header.Get("ETag") == "" {
		t.Fatalf("got %s %v", added.body, added.Header)
	}
	got := s.want(http.StatusOK, token, "GET", "applications/"+id, "")
	if strings.Contains(string(got.body), secret) || got.json["access_token_ttl"] != 600.0 || got.text("client_type") != "confidential" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s", got.body)
	}
	etag := got.Header.Get("ETag")
	changed := s.want(http.StatusOK, token, "PATCH", "applications/"+id, `{"client_name": "Store", "access_token_ttl": null, "redirect_uris": ["https://shop.example/cb", "https://shop.example/cb2"]}`, "If-Match: "+etag)
	if changed.text("client_name") != "Store" || changed.json["access_token_ttl"] != nil || changed.Header.Get("ETag") == etag || changed.json["metadata"] == nil {
		t.Errorf("got %s", changed.body)
	}
	rotated := s.want(http.StatusOK, token, "POST", "applications/"+id+"/secret", `{"overlap": 3600}`)
	if rotated.text("client_secret") == "" || rotated.text("client_secret") == secret || rotated.text("earlier_until") == "" {
		t.Errorf("got %s", rotated.body)
	}
	used := time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC)
	if err := s.Store.NoteSecretUses(t.Context(), []oauth.SecretUse{{ClientID: id, At: used}}); err != nil {
		t.Fatal(err)
	}
	list := s.want(http.StatusOK, token, "GET", "applications?q=stor", "")
	if rows := list.json["data"].([]any); len(rows) != 1 || rows[0].(map[string]any)["used_at"] != used.Format(time.RFC3339) {
		t.Errorf("got %s", list.body)
	}
	if got = s.want(http.StatusOK, token, "GET", "applications/"+id, ""); got.text("used_at") != used.Format(time.RFC3339) {
		t.Errorf("got %s", got.body)
	}
	s.want(http.StatusNoContent, token, "POST", "applications/"+id+"/disable", `{"keep_tokens": true}`)
	if got = s.want(http.StatusOK, token, "GET", "applications/"+id, ""); got.json["disabled"] != true {
		t.Errorf("got %s", got.body)
	}
	s.want(http.StatusNoContent, token, "POST", "applications/"+id+"/enable", "")
	s.want(http.StatusNoContent, token, "DELETE", "applications/"+id, "")
	s.want(http.StatusNotFound, token, "GET", "applications/"+id, "")
	if listed := s.want(http.StatusOK, token, "GET", "deleted-applications", ""); !strings.Contains(string(listed.body), id) {
		t.Errorf("got %s", listed.body)
	}
	const deleted = "The application CLIENT was deleted, and its client ID is reserved. To restore it: POST /applications/CLIENT/restore."
	const again = `{"client_id": "CLIENT", "client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]}`
	for _, test := range []struct {
		scope, method, path, body string
		status                    int
		want                      string
	}{
		{oauth.ScopeAdmin, "GET", "applications/" + id, "", http.StatusNotFound, deleted},
		{oauth.ScopeAdmin, "PATCH", "applications/" + id, "{}", http.StatusNotFound, deleted},
		{oauth.ScopeAdmin, "POST", "applications", again, http.StatusConflict, deleted + " To add a new application, choose another client ID."},
		// A token that cannot read applications cannot find out which were deleted.
		{oauth.AdminScopePrefix + "applications:write", "PATCH", "applications/" + id, "{}", http.StatusNotFound, "It does not exist, or was deleted."},
		{oauth.AdminScopePrefix + "applications:write", "POST", "applications", again, http.StatusConflict, "It exists already, or was changed by another request at the same time."},
	} {
		var headers []string
		if test.method == "PATCH" {
			headers = []string{"If-Match: *"}
		}
		got := s.want(test.status, s.as(account.RoleAdministrator, test.scope), test.method, test.path, strings.ReplaceAll(test.body, "CLIENT", id), headers...)
		if want := strings.ReplaceAll(test.want, "CLIENT", id); got.text("detail") != want {
			t.Errorf("%s %s with the scope %s: %s, want %s", test.method, test.path, test.scope, got.body, want)
		}
	}
	s.want(http.StatusNoContent, token, "POST", "applications/"+id+"/revoke", "")
	if last := (*s.events)[len(*s.events)-1]; last.Details.ClientName == "" {
		t.Errorf("the event of the revocation has no name of the application: %+v", last)
	}
	s.want(http.StatusNoContent, token, "POST", "applications/"+id+"/restore", "")
	var kinds []string
	for _, e := range *s.events {
		kinds = append(kinds, e.Kind)
		if e.Target != id {
			t.Errorf("%s: the target is %q, want %q", e.Kind, e.Target, id)
		}
	}
	want := []string{"applications/add", "applications/{id}/edit", "applications/{id}/secret", "applications/{id}/switch", "applications/{id}/switch", "applications/{id}/delete", "applications/{id}/revoke", "applications/{id}/restore"}
	if !slices.Equal(kinds, want) {
		t.Errorf("events: %q, want %q", kinds, want)
	}
}

// TestRegistrationAccessTokenOfAnApplicationIsRevoked, as often as the request is sent.
func TestRegistrationAccessTokenOfAnApplicationIsRevoked(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	c, _ := s.AddClient("https://robot.example/cb", func(c *oauth.Client) {
		c.ID, c.ExpiresAt = oauth.RegistrationPrefix+strings.Repeat("A", 30), time.Now().Add(time.Hour)
	})
	*s.events = nil
	var versions [2]string
	for i := range versions { // the second request changes nothing
		s.want(http.StatusNoContent, token, "DELETE", "applications/"+c.ID+"/registration-token", "")
		shown := s.want(http.StatusOK, token, "GET", "applications/"+c.ID, "")
		if shown.text("registration_token_revoked_at") == "" {
			t.Errorf("got %s", shown.body)
		}
		versions[i] = shown.Header.Get("ETag")
	}
	if e := *s.events; versions[0] != versions[1] || len(e) != 1 || e[0].Kind != "applications/{id}/registration-token" || e[0].Target != c.ID {
		t.Errorf("versions %q, events: %+v", versions, e)
	}
	if stored, err := s.Store.Client(t.Context(), c.ID); err != nil || stored.ExpiresAt.IsZero() {
		t.Errorf("an application that nobody has used has no expiry date: %+v, %v", stored, err)
	}
	s.want(http.StatusConflict, token, "DELETE", "applications/"+s.add(token, `{"client_name": "Shop", "grant_types": ["client_credentials"]}`).text("client_id")+"/registration-token", "")
}

// TestAChangeNeedsTheVersionThatWasRead (RFC 6585 §3, RFC 9110 §13.1.1).
func TestAChangeNeedsTheVersionThatWasRead(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	id := s.add(token, `{"client_name": "Shop", "grant_types": ["client_credentials"]}`).text("client_id")
	etag := s.call(token, "GET", "applications/"+id, "").Header.Get("ETag")
	path := "applications/" + id
	if a := s.want(http.StatusPreconditionRequired, token, "PATCH", path, `{"client_name": "A"}`); a.problem() != "precondition-required" {
		t.Errorf("got %s", a.body)
	}
	s.want(http.StatusBadRequest, token, "PATCH", path, `{"client_name": "A"}`, `If-Match: W/"1"`)
	s.want(http.StatusPreconditionFailed, token, "PATCH", path, `{"client_name": "A"}`, `If-Match: "99"`)
	s.want(http.StatusOK, token, "PATCH", path, `{"client_name": "A"}`, "If-Match: "+etag)
	if a := s.want(http.StatusPreconditionFailed, token, "PATCH", path, `{"client_name": "B"}`, "If-Match: "+etag); a.problem() != "outdated" {
		t.Errorf("got %s", a.body)
	}
	s.want(http.StatusBadRequest, token, "POST", path+"/revoke", "", "If-Match: "+etag)
	// Of many changes of one version, exactly one succeeds.
	etag = s.call(token, "GET", path, "").Header.Get("ETag")
	statuses := make(chan int)
	for range 8 {
		go func() {
			statuses <- s.call(token, "PATCH", path, `{"client_name": "C"}`, "If-Match: "+etag).StatusCode
		}()
	}
	won := 0
	for range 8 {
		if <-statuses == http.StatusOK {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 changes of one version have succeeded", won)
	}
}

// TestWrongMembersAreReported, and nothing is stored: unknown names, other letter case, repeated
// members, wrong types, and members that only the server sets.
func TestWrongMembersAreReported(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	for _, test := range []struct {
		body   string
		status int
		fields string
	}{
		{`{"client_name": "A", "nonsense": 1}`, http.StatusUnprocessableEntity, "nonsense"},
		{`{"Client_Name": "A"}`, http.StatusUnprocessableEntity, "Client_Name"},
		{`{"client_name": "A", "created_at": "2026-01-01T00:00:00Z"}`, http.StatusUnprocessableEntity, "created_at"},
		{`{"client_name": "A", "disabled": true, "version": 7}`, http.StatusUnprocessableEntity, "disabled version"},
		{`{"client_name": "A", "secrets": []}`, http.StatusUnprocessableEntity, "secrets"},
		{`{"client_name": 7}`, http.StatusUnprocessableEntity, "client_name"},
		{`{"client_name": "A", "redirect_uris": ["http://shop.example/cb"]}`, http.StatusUnprocessableEntity, "redirect_uris"},
		{`{"client_name": "A", "admin_role": "root", "grant_types": ["client_credentials"]}`, http.StatusUnprocessableEntity, "admin_role"},
		{`{"client_name": "A", "client_name": "B"}`, http.StatusBadRequest, ""},
		{`{"client_name": "A"} {}`, http.StatusBadRequest, ""},
		{`{"client_name": "\u0000"}`, http.StatusBadRequest, ""},
		{"{\"client_name\": \"\xff\"}", http.StatusBadRequest, ""},
		{`{"client_name": `, http.StatusBadRequest, ""},
		{`[]`, http.StatusUnprocessableEntity, ""},
		{strings.Repeat("[", 10_000), http.StatusBadRequest, ""},
		{`{"client_name": "` + strings.Repeat("x", 70_000) + `"}`, http.StatusRequestEntityTooLarge, ""},
	} {
		a := s.want(test.status, token, "POST", "applications", test.body)
		if got := strings.Join(a.fields(), " "); got != test.fields {
			t.Errorf("%.80s: errors of %q, want %q: %s", test.body, got, test.fields, a.body)
		}
	}
	for member, want := range map[string]string{
		`"scope": ["read"]`: "a string", `"scope": 7`: "a string", `"redirect_uris": "https://shop.example/cb"`: "an array", `"client_name": 7`: "a string", `"skip_authorization": "yes"`: "true or false", `"legacy_features": ["implicit"]`: "an object",
	} {
		if a := s.want(http.StatusUnprocessableEntity, token, "POST", "applications", `{`+member+`}`); !strings.Contains(string(a.body), "wrong type. It must be "+want+".") {
			t.Errorf("%s: %s", member, a.body)
		}
	}
	s.want(http.StatusUnsupportedMediaType, token, "POST", "applications", `client_name=A`, "Content-Type: application/x-www-form-urlencoded")
	id := s.add(token, `{"client_name": "Shop", "grant_types": ["client_credentials"]}`).text("client_id")
	s.want(http.StatusUnprocessableEntity, token, "PATCH", "applications/"+id, `{"client_type": "public"}`, "If-Match: *")
	s.want(http.StatusBadRequest, token, "GET", "applications?page=2", "")
	s.want(http.StatusBadRequest, token, "GET", "applications?q=a&q=b", "")
	s.want(http.StatusUnprocessableEntity, token, "GET", "applications?type=secret", "")
	s.want(http.StatusUnprocessableEntity, token, "GET", "applications?limit=0", "")
	s.want(http.StatusUnprocessableEntity, token, "GET", "applications?from=yesterday", "")
	s.want(http.StatusNotFound, token, "GET", "nonsense", "")
	s.want(http.StatusNotFound, token, "GET", "applications/unknown", "")
	if a := s.want(http.StatusMethodNotAllowed, token, "PUT", "applications", `{}`); a.Header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %q", a.Header.Get("Allow"))
	}
}

// TestATokenCannotGiveMoreThanItHas: a token that can change applications cannot give an
// application access to the API, and cannot take over one that has it.
func TestATokenCannotGiveMoreThanItHas(t *testing.T) {
	s := start(t)
	writer := s.as(account.RoleAdministrator, oauth.AdminScopePrefix+"applications:write", oauth.AdminScopePrefix+"applications:read")
	powerful, _ := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
	id := s.add(writer, `{"client_name": "Shop", "grant_types": ["client_credentials"]}`).text("client_id")
	for _, test := range []struct{ method, path, body string }{
		{"POST", "applications", `{"client_name": "A", "grant_types": ["client_credentials"], "admin_role": "auditor"}`},
		{"POST", "applications", `{"client_name": "A", "grant_types": ["client_credentials"], "scope": "latchkey:people:read"}`},
		{"PATCH", "applications/" + id, `{"admin_role": "auditor"}`},
		{"PATCH", "applications/" + id, `{"scope": "read latchkey:keys:write"}`},
		{"PATCH", "applications/" + powerful.ID, `{"redirect_uris": ["https://evil.example/cb"]}`},
		{"PATCH", "applications/" + powerful.ID, `{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://evil.example/keys"}`},
		{"POST", "applications/" + powerful.ID + "/secret", `{}`},
	} {
		header := "X: y"
		if test.method == "PATCH" {
			header = "If-Match: *"
		}
		s.want(http.StatusForbidden, writer, test.method, test.path, test.body, header)
	}
	s.want(http.StatusOK, writer, "PATCH", "applications/"+powerful.ID, `{"client_name": "Other name"}`, "If-Match: *")
	s.want(http.StatusForbidden, writer, "GET", "people", "")
	if a := s.want(http.StatusForbidden, writer, "GET", "people", ""); !strings.Contains(a.Header.Get("WWW-Authenticate"), "latchkey:people:read") {
		t.Errorf("the challenge does not name the scope: %v", a.Header)
	}
}

// TestARepeatedRequestIsCarriedOutOnce, and its response is the same, with the secret.
func TestARepeatedRequestIsCarriedOutOnce(t *testing.T) {
	s := start(t)
	c, secret := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
	token := s.token(c, secret, oauth.ScopeAdmin)
	const body, key = `{"client_name": "Shop", "grant_types": ["client_credentials"]}`, "Idempotency-Key: 1"
	first := s.want(http.StatusCreated, token, "POST", "applications", body, key)
	s.Advance(24*time.Hour - time.Minute)
	token = s.token(c, secret, oauth.ScopeAdmin) // another token of the same caller
	again := s.want(http.StatusCreated, token, "POST", "applications", body, key)
	if string(again.body) != string(first.body) || again.Header.Get("Idempotency-Replayed") != "true" || again.Header.Get("Location") != first.Header.Get("Location") || again.Header.Get("ETag") != first.Header.Get("ETag") {
		t.Errorf("got %s, want %s", again.body, first.body)
	}
	s.want(http.StatusUnprocessableEntity, token, "POST", "applications", `{"client_name": "Other", "grant_types": ["client_credentials"]}`, key)
	s.want(http.StatusUnprocessableEntity, token, "POST", "applications/"+first.text("client_id")+"/revoke", "", key)
	other := s.want(http.StatusCreated, s.as(account.RoleAdministrator), "POST", "applications", body, key)
	if other.text("client_id") == first.text("client_id") {
		t.Error("the key of another caller repeats the response, with the secret")
	}
	refused := s.want(http.StatusUnprocessableEntity, token, "POST", "applications", `{}`, "Idempotency-Key: 2")
	if again := s.want(http.StatusUnprocessableEntity, token, "POST", "applications", `{}`, "Idempotency-Key: 2"); string(again.body) != string(refused.body) {
		t.Errorf("got %s, want %s", again.body, refused.body)
	}
	s.want(http.StatusBadRequest, token, "POST", "applications", body, "Idempotency-Key: "+strings.Repeat("x", 201))
	// Of many requests with one key, exactly one is carried out.
	statuses := make(chan answer)
	for range 8 {
		go func() { statuses <- s.call(token, "POST", "applications", body, "Idempotency-Key: 3") }()
	}
	ids := make(map[string]bool)
	for range 8 {
		if a := <-statuses; a.StatusCode == http.StatusCreated {
			ids[a.text("client_id")] = true
		} else if a.StatusCode != http.StatusConflict {
			t.Errorf("got %s %s", a.Status, a.body)
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d applications were added with one key", len(ids))
	}
}

// TestTheResponseOfAnotherVersionIsNotRepeated: the approval of one version is not that of the next.
func TestTheResponseOfAnotherVersionIsNotRepeated(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleOperator)
	c, _ := s.AddClient("https://shop.example/cb", func(c *oauth.Client) { c.Review, c.Disabled = oauth.ReviewWaiting, true })
	path, now := "applications/"+c.ID+"/approve", fmt.Sprintf("If-Match: \"%d\"", c.Version)
	s.want(http.StatusPreconditionFailed, token, "POST", path, "", `If-Match: "99"`, "Idempotency-Key: 1")
	if a := s.want(http.StatusUnprocessableEntity, token, "POST", path, "", now, "Idempotency-Key: 1"); a.problem() != "key-reused" {
		t.Errorf("got %s", a.body)
	}
	s.want(http.StatusOK, token, "POST", path, "", now, "Idempotency-Key: 2")
	s.want(http.StatusOK, token, "POST", path, "", now, "Idempotency-Key: 2")
	s.want(http.StatusUnprocessableEntity, token, "POST", path, "", fmt.Sprintf("If-Match: \"%d\"", c.Version+2), "Idempotency-Key: 2")
}

// TestARepeatedRequestNeedsTheSamePermissions: otherwise, a token with fewer scopes would get a
// response with a secret that it could not have got itself.
func TestARepeatedRequestNeedsTheSamePermissions(t *testing.T) {
	s := start(t)
	const narrow = oauth.AdminScopePrefix + "applications:write"
	c, secret := s.machine(account.RoleAdministrator, oauth.ScopeAdmin, narrow)
	const body, key = `{"client_name": "Robot", "grant_types": ["client_credentials"], "admin_role": "administrator", "scope": "latchkey:admin"}`, "Idempotency-Key: 1"
	s.want(http.StatusCreated, s.token(c, secret, oauth.ScopeAdmin), "POST", "applications", body, key)
	if a := s.want(http.StatusUnprocessableEntity, s.token(c, secret, narrow), "POST", "applications", body, key); a.text("client_secret") != "" {
		t.Error("a token with fewer scopes gets the secret")
	}
	c.AdminRole = string(account.RoleOperator)
	if err := s.Store.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if a := s.call(s.token(c, secret, oauth.ScopeAdmin), "POST", "applications", body, key); a.StatusCode < 400 || a.text("client_secret") != "" {
		t.Errorf("an application with a lower role gets the secret: %s", a.Status)
	}
	// The operation itself is also allowed to an operator.
	c.AdminRole = string(account.RoleAdministrator)
	if err := s.Store.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	const person = `{"username": "grace", "roles": ["auditor"]}`
	created := s.want(http.StatusCreated, s.token(c, secret, oauth.ScopeAdmin), "POST", "people", person, "Idempotency-Key: 2")
	c.AdminRole = string(account.RoleOperator)
	if err := s.Store.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if a := s.want(http.StatusUnprocessableEntity, s.token(c, secret, oauth.ScopeAdmin), "POST", "people", person, "Idempotency-Key: 2"); created.text("password") == "" || a.text("password") != "" {
		t.Error("an application with a lower role gets the password")
	}
}

// TestResponsesForRepeatedRequestsAreStoredEncrypted: the Store never has a readable secret.
func TestResponsesForRepeatedRequestsAreStoredEncrypted(t *testing.T) {
	s := start(t)
	a := s.want(http.StatusCreated, s.as(account.RoleAdministrator), "POST", "applications", `{"client_name": "Shop", "grant_types": ["client_credentials"]}`, "Idempotency-Key: 1")
	rows, _, err := s.Store.Tickets(t.Context(), "admin-api", oauth.FamilyFilter{}, paging.Page{})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		if row.State != "done" || row.Body == "" || strings.Contains(row.Body, a.text("client_secret")) || strings.Contains(row.Body, "Shop") {
			t.Errorf("got %+v", row)
		}
	}
}

// TestACursorIsThatOfItsList: a cursor that was changed, or is used with other filters, is
// rejected.
func TestACursorIsThatOfItsList(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	for _, name := range []string{"A", "B", "C", "D"} {
		s.add(token, `{"client_name": "App `+name+`", "grant_types": ["client_credentials"]}`)
	}
	var names []string
	next, first := "", ""
	for range 10 {
		a := s.want(http.StatusOK, token, "GET", "applications?limit=2&q=app&cursor="+next, "")
		for _, row := range a.json["data"].([]any) {
			names = append(names, row.(map[string]any)["client_name"].(string))
		}
		if next = a.text("next"); next == "" {
			break
		}
		first = cmp.Or(first, next)
	}
	if strings.Join(names, ", ") != "App A, App B, App C, App D" {
		t.Errorf("got %q", names)
	}
	for _, query := range []string{"q=other&cursor=" + first, "cursor=" + first, "q=app&cursor=" + first[1:], "q=app&cursor=x", "q=app&cursor=" + first[:len(first)-2] + "AA"} {
		if a := s.want(http.StatusUnprocessableEntity, token, "GET", "applications?limit=2&"+query, ""); strings.Join(a.fields(), "") != "cursor" {
			t.Errorf("%s: %s", query, a.body)
		}
	}
}
