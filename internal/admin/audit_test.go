package admin_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// recorded returns all records, newest first.
func (o office) recorded(f audit.Filter) []*audit.Record {
	o.t.Helper()
	log := audit.New(audit.Config{Store: o.Store, Key: []byte("key"), Clock: o.Now})
	if _, err := log.Link(context.Background()); err != nil {
		o.t.Fatal(err)
	}
	records, _, err := audit.List(context.Background(), o.Store, f, paging.Page{Limit: 1000})
	if err != nil {
		o.t.Fatal(err)
	}
	return records
}

// requestDeletion makes a user request the deletion of their account.
func (o office) requestDeletion(id string) {
	o.t.Helper()
	u, err := o.Store.User(context.Background(), id)
	if err == nil {
		err = o.Store.ScheduleDeletion(context.Background(), account.Deletion{User: u, At: o.Now(), DeleteAt: o.Now().Add(time.Hour)})
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// TestEveryActionOfTheBackOfficeIsRecorded with its administrator and the address. An action
// that is not in the table fails the test.
func TestEveryActionOfTheBackOfficeIsRecorded(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) {
		o.Registration = "token"
	})
	ids := o.fill()
	ids["login-providers"], ids["scopes"], ids["resources"] = "acme", "ship", url.PathEscape("https://ship.example")
	root, err := o.Store.UserByName(context.Background(), "root")
	if err != nil {
		t.Fatal(err)
	}
	sessions, _, err := o.Store.Sessions(context.Background(), account.SessionFilter{UserID: ids["users"]}, paging.Page{})
	if err != nil || len(sessions) == 0 {
		t.Fatal(sessions, err)
	}
	families, _, err := o.Store.Families(context.Background(), oauth.FamilyFilter{ClientID: ids["applications"]}, paging.Page{})
	if err != nil || len(families) == 0 {
		t.Fatal(families, err)
	}
	access := oauth.AccessToken{ID: oauth.NewID(o.Now()), ClientID: ids["applications"], Subject: ids["users"], IssuedAt: o.Now(), ExpiresAt: o.Now().Add(time.Hour)}
	if err := o.Store.Issue(context.Background(), access); err != nil {
		t.Fatal(err)
	}
	pushed := oauth.Ticket{Kind: provider.ListedTickets()["pushed"], ID: oauth.NewID(o.Now()), ClientID: ids["applications"], IssuedAt: o.Now(), ExpiresAt: o.Now().Add(time.Hour)}
	pushed.Subject = ids["users"]
	if err := o.Store.Put(context.Background(), pushed); err != nil {
		t.Fatal(err)
	}
	client, err := o.Store.Client(context.Background(), ids["applications"])
	if err != nil {
		t.Fatal(err)
	}
	ids["problems"], _ = o.rejects(client, client.RedirectURIs[0]+"/other")
	ids["groups"] = o.addGroup("staff", nil).ID
	var tokens [2]string
	for i := range tokens {
		text := oauth.NewToken(oauth.KindPersonal, o.Now()).String()
		tokens[i] = account.PersonalTokenID(text)
		if _, err := o.Accounts.AddPersonalToken(context.Background(), ids["users"], text, "script", nil, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	type action struct {
		pattern string
		fields  url.Values
		matches func(*audit.Record) bool
	}
	app := func(r *audit.Record) bool { return r.ClientID == ids["applications"] && r.Details.ClientName != "" }
	person := func(r *audit.Record) bool { return r.Person == ids["users"] && r.Details.PersonName == "ada" }
	changed := func(field string) func(*audit.Record) bool {
		return func(r *audit.Record) bool {
			for _, c := range r.Details.Changes {
				if c.Field == field && c.Before+c.After != "" {
					return true
				}
			}
			return false
		}
	}
	registered, _ := o.AddClient("https://robot.example/cb", func(c *oauth.Client) { c.ID = oauth.RegistrationPrefix + strings.Repeat("A", 30) })
	ids["registered"] = registered.ID
	// The last actions delete what the others need.
	actions := []action{
		{"problems/{id}/redirect/", url.Values{"version": {fmt.Sprint(client.Version)}}, func(r *audit.Record) bool { return app(r) && changed("redirect_uris")(r) }},
		{"applications/add/", url.Values{"client_name": {"Web"}, "grant_types": {"client_credentials"}, "save": {"1"}}, changed("client_name")},
		{"applications/{id}/edit/", url.Values{"client_name": {"Renamed"}, "save": {"1"}}, changed("client_name")},
		{"applications/{id}/secret/", url.Values{"overlap": {"0"}}, app},
		{"applications/{id}/registration-token/", url.Values{}, func(r *audit.Record) bool {
			return r.ClientID == registered.ID && changed("registration_access_token")(r)
		}},
		{"applications/{id}/approval/", url.Values{"approve": {"1"}}, func(r *audit.Record) bool { return app(r) && changed("review")(r) }},
		{"applications/{id}/switch/", url.Values{"to": {"paused"}}, changed("disabled")},
		{"applications/{id}/switch/", url.Values{"to": {"enabled"}}, app},
		{"applications/", url.Values{"do": {"disable"}, "client": {ids["applications"]}}, changed("disabled")},
		{"applications/{id}/switch/", url.Values{"to": {"enabled"}}, app},
		{"tokens/find/", url.Values{"found": {families[0].ID.String()}}, func(r *audit.Record) bool { return r.Target == families[0].ID.String() }},
		{"tokens/", url.Values{"token": {access.ID.String()}}, func(r *audit.Record) bool { return app(r) && person(r) && changed("token")(r) }},
		{"requests/", url.Values{"request": {pushed.ID.String()}}, func(r *audit.Record) bool { return app(r) && person(r) && changed("request")(r) }},
		{"consents/", url.Values{"consent": {ids["users"] + " " + ids["applications"]}}, func(r *audit.Record) bool { return app(r) && person(r) && changed("consent")(r) }},
		{"applications/{id}/revoke/", url.Values{}, app},
		{"users/add/", url.Values{"username": {"grace"}}, changed("username")},
		{"users/{id}/", url.Values{"username": {"ada"}, "name": {"Ada Lovelace"}}, changed("name")},
		{"groups/add/", url.Values{"name": {"crew"}}, changed("name")},
		{"groups/{id}/edit/", url.Values{"description": {"x"}}, changed("description")},
		{"groups/{id}/members/", url.Values{"people": {"ada"}}, func(r *audit.Record) bool { return person(r) && r.Target == ids["groups"] && changed("group")(r) }},
		{"groups/{id}/", url.Values{"do": {"remove"}, "member": {ids["users"]}}, func(r *audit.Record) bool { return person(r) && changed("group")(r) }},
		{"groups/{id}/delete/", url.Values{}, func(r *audit.Record) bool { return r.Target == ids["groups"] && changed("name")(r) }},
		{"users/{id}/metadata/", url.Values{"metadata": {`{"a":1}`}}, person},
		{"users/{id}/picture/", url.Values{}, person},
		{"users/{id}/api-tokens/", url.Values{"revoke": {tokens[0]}}, func(r *audit.Record) bool { return person(r) && changed("api_token")(r) }},
		{"all-api-tokens/", url.Values{"do": {"revoke"}, "token": {ids["users"] + " " + tokens[1], ids["users"] + " made-up", "nobody made-up"}}, func(r *audit.Record) bool { return person(r) && changed("api_token")(r) }},
		{"sessions/", url.Values{"session": {sessions[0].ID}}, changed("session")},
		{"users/{id}/password/", url.Values{"confirmed": {"yes"}}, person},
		{"users/{id}/factors/", url.Values{}, person},
		{"users/{id}/logout/", url.Values{}, person},
		{"users/", url.Values{"do": {"logout"}, "person": {ids["users"]}}, func(r *audit.Record) bool { return person(r) && changed("sessions")(r) }},
		{"users/{id}/export/", url.Values{}, person},
		{"users/{id}/keep/", url.Values{}, person},
		{"users/{id}/switch/", url.Values{"to": {"disabled"}}, changed("disabled")},
		{"invitations/", url.Values{"note": {"Grace"}, "days": {"7"}}, func(r *audit.Record) bool { return r.Target != "" }},
		{"api-tokens/", url.Values{"name": {"x"}, "days": {"1"}, "scope": {"latchkey:admin"}}, changed("api_token")},
		{"registration/", url.Values{"name": {"x"}, "uses": {"1"}, "days": {"1"}}, func(r *audit.Record) bool { return r.Target != "" }},
		// The guard for outbound requests rejects the address.
		{"login-providers/add/", url.Values{"name": {"acme"}, "issuer": {"https://127.0.0.1:1"}, "client_id": {"x"}, "provider_secret": {"hush"}}, func(r *audit.Record) bool { return r.Target == "acme" && changed("client_secret")(r) }},
		{"login-providers/{id}/test/", url.Values{}, func(r *audit.Record) bool { return r.Target == "acme" }},
		{"login-providers/{id}/try/", url.Values{}, func(r *audit.Record) bool { return r.Target == "acme" }},
		{"login-providers/{id}/edit/", url.Values{"title": {"Acme"}, "groups": {"a\nb"}}, changed("groups")},
		{"login-providers/{id}/switch/", url.Values{"to": {"disabled"}}, changed("disabled")},
		{"login-providers/{id}/delete/", url.Values{}, changed("client_id")},
		{"scopes/add/", url.Values{"name": {"ship"}}, func(r *audit.Record) bool { return r.Target == "ship" && changed("scope")(r) }},
		{"scopes/{id}/edit/", url.Values{"description": {"Ship"}}, func(r *audit.Record) bool { return r.Target == "ship" && changed("description")(r) }},
		{"scopes/{id}/delete/", url.Values{}, func(r *audit.Record) bool { return r.Target == "ship" && changed("scope")(r) }},
		{"resources/add/", url.Values{"uri": {"https://ship.example"}}, changed("resource")},
		{"resources/{id}/edit/", url.Values{"name": {"Shipping"}}, changed("name")},
		{"resources/{id}/delete/", url.Values{}, changed("resource")},
		{"keys/", url.Values{"alg": {"ES256"}}, changed("alg")},
		{"keys/{id}/retire/", url.Values{}, func(r *audit.Record) bool { return r.Target == ids["keys"] }},
		{"users/{id}/delete/", url.Values{}, func(r *audit.Record) bool { return r.Person == ids["users"] && r.Details == nil }},
		{"applications/{id}/delete/", url.Values{}, app},
		{"applications/{id}/restore/", url.Values{}, changed("deleted")},
	}
	// An action on rows of a list has the kind of that on the page of one of them.
	kinds := map[string]string{"applications/": "applications/{id}/switch", "users/": "users/{id}/logout"}
	tried := make(map[string]bool)
	for _, a := range actions {
		tried["POST /"+a.pattern+"{$}"] = true
		section, _, _ := strings.Cut(a.pattern, "/")
		if a.pattern == "applications/{id}/approval/" {
			c := o.client(ids["applications"])
			c.Review = oauth.ReviewChanged
			if err := o.Store.UpdateClient(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			a.fields.Set("version", fmt.Sprint(c.Version))
		}
		if a.pattern == "users/{id}/keep/" {
			o.requestDeletion(ids["users"])
		}
		before := len(o.recorded(audit.Filter{Category: oauth.CategoryAdministration}))
		id := ids[section]
		if a.pattern == "applications/{id}/registration-token/" {
			id = ids["registered"]
		}
		page := o.post(strings.ReplaceAll(a.pattern, "{id}", id), a.fields)
		all := o.recorded(audit.Filter{Category: oauth.CategoryAdministration})
		if page.StatusCode != http.StatusOK || len(all) != before+1 {
			t.Errorf("%s %v: %d records were added: %s %s", a.pattern, a.fields, len(all)-before, page.Status, page.Body)
			continue
		}
		kind := cmp.Or(kinds[a.pattern], strings.TrimSuffix(a.pattern, "/"))
		newest := all[0]
		for _, r := range all { // records of one millisecond have no order
			if r.Kind == kind && (a.matches == nil || a.matches(r)) {
				newest = r
			}
		}
		if newest.Actor != root.ID || newest.Origin.Address == "" || newest.Origin.Name != "root" || newest.Origin.Session == "" || newest.Kind != kind || (a.matches != nil && !a.matches(newest)) {
			t.Errorf("%s: %+v %+v %+v", a.pattern, newest, newest.Origin, newest.Details)
		}
	}
	for _, pattern := range admin.Patterns() {
		if strings.HasPrefix(pattern, "POST ") && !tried[pattern] {
			t.Errorf("%s: no test shows that it is recorded", pattern)
		}
	}
}

// TestOutcomesAreWordsOnlyWhereTheyMeanALogin: a request without permission has the outcome of a login that
// the rules do not allow.
func TestOutcomesAreWordsOnlyWhereTheyMeanALogin(t *testing.T) {
	for _, test := range []struct{ event, outcome, want string }{
		{oauth.EventLogin, oauth.OutcomeWrongPassword, "Wrong password"},
		{oauth.EventConfirmation, oauth.OutcomeWrongPassword, "Wrong password"},
		{oauth.EventLogin, oauth.OutcomeDenied, "Login that the rules do not allow"},
		{oauth.EventPermissionDenied, oauth.OutcomeDenied, ""},
		{oauth.EventAuthorization, oauth.OutcomeInvalid, ""},
	} {
		if got := admin.FailureText(test.event, test.outcome); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.event, test.outcome, got, test.want)
		}
	}
}

// TestAuditLogIsSearchedByWhatIsTyped: a username, a client ID, an address or an error ID.
func TestAuditLogIsSearchedByWhatIsTyped(t *testing.T) {
	o := enter(t)
	ids := o.fill()
	o.recorded(audit.Filter{})
	for query, want := range map[string][2]string{
		"q=ada": {"authorization", "applications/{id}"}, "q=" + ids["applications"]: {"authorization", `<td class="wrap">Logged in`}, "q=127.0.0.1": {`<td class="wrap">Logged in`, "No records"},
		"q=192.0.2.1": {"No records match", `<td class="wrap">Logged in`}, "q=nothing": {"No records match", `<td class="wrap">Logged in`}, "show=login": {`<td class="wrap">Logged in`, "a permission"},
		"until=2020-01-01": {"No records match", `<td class="wrap">Logged in`}, "from=x": {"Enter each day", "No records"}, "person=" + ids["users"]: {"a permission", "No records"},
	} {
		page := o.open("audit/?" + query)
		if want[0] == "authorization" {
			want[0] = "a permission"
		}
		if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, want[0]) || strings.Contains(page.Body, want[1]) {
			t.Errorf("%s: want %q, without %q: got %s %s", query, want[0], want[1], page.Status, page.Body)
		}
	}
	for format, want := range map[string]string{"csv": "seq,id,at,", "jsonl": `{"seq":`} {
		page := o.open("audit/export/?format=" + format + "&q=ada")
		if !strings.HasPrefix(page.Body, want) || !strings.Contains(page.Header.Get("Content-Disposition"), "attachment") || strings.Contains(page.Body, ",root,") {
			t.Errorf("%s: %s %s", format, page.Header, page.Body)
		}
	}
	exports := 0
	for _, r := range o.recorded(audit.Filter{Category: oauth.CategoryAdministration}) {
		if r.Kind == "audit/export" && r.Details.Changes[0].Field == "filter" && strings.HasSuffix(r.Details.Changes[0].After, "&q=ada") {
			exports++
		}
	}
	if exports != 2 {
		t.Errorf("%d of 2 exports are recorded", exports)
	}
	if page := o.open("audit/export/?format=xml"); page.StatusCode == http.StatusOK {
		t.Error("an unknown format is exported")
	}
	for _, path := range []string{"applications/" + ids["applications"] + "/", "users/" + ids["users"] + "/"} {
		if page := o.open(path); !strings.Contains(page.Body, "History") || !strings.Contains(page.Body, "a permission") {
			t.Errorf("%s has no history: %s", path, page.Body)
		}
	}
}

// TestARecordLinksToItsTarget, if the target has a page that the reader can open.
func TestARecordLinksToItsTarget(t *testing.T) {
	o := enter(t)
	log := audit.New(audit.Config{Store: o.Store, Key: []byte("key"), Clock: o.Now})
	for i, record := range []struct{ event, kind, target, outcome, want string }{
		{oauth.EventAdministration, "groups/{id}/edit", "g1", "ok", `href="/admin/groups/g1/"`},
		{oauth.EventAdministration, "latchkey group add", "g2", "ok", `href="/admin/groups/g2/"`},
		{oauth.EventAdministration, "groups/{id}/delete", "g3", "ok", ""},
		{oauth.EventAdministration, "groups/{id}/edit", "g4", "failed", ""},
		{oauth.EventAdministration, "login-providers/{id}/edit", "corp", "ok", `href="/admin/login-providers/corp/"`},
		{oauth.EventAdministration, "scopes/{id}/delete", "rea&d", "ok", `href="/admin/scopes/?q=rea%26d"`},
		{oauth.EventKeyRotation, "ES256", "key1", "ok", `href="/admin/keys/"`},
		{oauth.EventAdministration, "something", "x1", "ok", ""},
	} {
		log.OnEvent(t.Context(), oauth.Event{Name: record.event, Kind: record.kind, Target: record.target, Outcome: record.outcome, Actor: "root", At: o.Now()})
		body := o.open("audit/?target=" + url.QueryEscape(record.target)).Body
		if record.want != "" {
			contains(t, body, record.want)
		} else if strings.Contains(body, "<bdi>"+record.target+"</bdi></a>") || !strings.Contains(body, ">"+record.target+"</") {
			t.Errorf("row %d: the target has a link, or is missing:\n%s", i, body)
		}
	}
}

// TestATokenOrConsentThatDoesNotExistIsNotRecordedAsRevoked: otherwise, a request could put any text into the
// records of a person.
func TestATokenOrConsentThatDoesNotExistIsNotRecordedAsRevoked(t *testing.T) {
	o := enter(t)
	ada := o.AddUser("ada", true)
	o.post("all-api-tokens/", url.Values{"do": {"revoke"}, "token": {ada.ID + " made-up", "nobody made-up"}})
	o.post("users/"+ada.ID+"/api-tokens/", url.Values{"revoke": {"made-up"}, "confirmed": {"yes"}})
	o.post("consents/", url.Values{"consent": {ada.ID + " made-up"}, "confirmed": {"yes"}})
	o.post("consents/", url.Values{"consent": {strings.Repeat("x", oauth.MaxClientID+1) + " made-up"}, "confirmed": {"yes"}})
	records, _, err := audit.List(t.Context(), o.Store, audit.Filter{Event: oauth.EventAdministration}, paging.Page{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "api-tokens") || strings.Contains(text, "consents") {
			t.Errorf("%s %s: %+v", r.Kind, r.Target, r.Details)
		}
	}
}
