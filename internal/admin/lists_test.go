package admin_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// lists returns the paths of all lists that can be exported.
func lists(t *testing.T) (paths []string) {
	t.Helper()
	for _, pattern := range admin.Patterns() {
		if path, is := strings.CutPrefix(pattern, "GET /export/"); is && !strings.Contains(path, "{id}") {
			paths = append(paths, strings.TrimSuffix(path, "{$}"))
		}
	}
	if len(paths) < 9 {
		t.Fatalf("the lists are %v", paths)
	}
	return paths
}

// filled returns an office with rows in each list.
func filled(t *testing.T, change ...func(*latchkey.Options)) office {
	t.Helper()
	o := enter(t, func(o *latchkey.Options) {
		for _, change := range change {
			change(o)
		}
		o.Registration = "token"
		o.Resources = []oauth.ResourceInfo{{URI: "https://api.example", Name: "The API"}}
		o.TrustedIssuers = []oauth.TrustedIssuer{{Issuer: "https://other.example", JWKSURI: "https://other.example/keys", Uses: []oauth.TrustedUse{oauth.TrustedTokenExchange}}}
		o.Webhooks = []oauth.Webhook{{Name: "hook", URL: "https://hook.example/x?secret=hush", Secrets: []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}}
	})
	o.fill()
	notes, _ := o.AddInvalidClient("https://notes.example/cb", func(c *oauth.Client) { c.Name, c.IDTokenAlg = "=cmd\u202e", oauth.AlgES256 })
	o.rejects(notes, "https://notes.example/other")
	request := url.Values{"response_type": {"code"}, "client_id": {notes.ID}, "scope": {"openid"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}
	if _, err := o.Provider.Browser().Authorize(o.Issuer+"/authorize/?"+request.Encode(), "ada"); err != nil {
		t.Fatal(err)
	}
	if err := o.Store.SaveWebhookFailure(t.Context(), oauth.WebhookFailure{Webhook: "hook", Reason: "status 502", At: o.Now()}); err != nil {
		t.Fatal(err)
	}
	o.addGroup("staff", nil)
	o.post("invitations/", url.Values{"note": {"=cmd"}, "days": {"7"}})
	o.post("api-tokens/", url.Values{"name": {"=cmd"}, "days": {"1"}, "scope": {oauth.ScopeAdmin}})
	o.post("registration/", url.Values{"name": {"=cmd"}, "uses": {"1"}, "days": {"1"}})
	return o
}

// TestEveryListHasPagesFiltersAndExports, and its address keeps what was chosen.
func TestEveryListHasPagesFiltersAndExports(t *testing.T) {
	o := filled(t)
	for _, path := range lists(t) {
		page := o.open(path + "?limit=50")
		for _, want := range []string{`<footer class="pager">`, `limit=50" aria-current="true">50</a>`, "format=csv", "format=json"} {
			if page.StatusCode != 200 || !strings.Contains(page.Body, want) {
				t.Errorf("%s lacks %s: %s %s", path, want, page.Status, page.Body)
			}
		}
		if form := regexp.MustCompile(`(?s)<form class="filters" role="search">.*?</form>`).FindString(page.Body); form != "" && !strings.Contains(form, "<label") {
			t.Errorf("%s: the form has a button, but no field: %s", path, form)
		} else if form == "" && !strings.Contains(page.Body, `<nav class="chips"`) {
			t.Errorf("%s has no filters", path)
		}
		for _, link := range regexp.MustCompile(`<nav class="chips"[^>]*>(.*?)</nav>`).FindAllString(page.Body, -1) {
			if !strings.Contains(link, `class="num"`) || !strings.Contains(link, "limit=50") {
				t.Errorf("%s: a filter has no counts, or loses the page size: %s", path, link)
			}
		}
		text := o.open("export/" + path + "?format=csv").Body
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s as CSV: %v, %v", path, text, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.Contains(cell, "\u202e") {
					t.Errorf("%s as CSV: the cell %q is not harmless", path, cell)
				}
			}
		}
		var objects []map[string]string
		if text := o.open("export/" + path + "?format=json").Body; json.Unmarshal([]byte(text), &objects) != nil || len(objects) == 0 {
			t.Errorf("%s as JSON: %s", path, text)
		}
		if page := o.open("export/" + path + "?format=csv&from=x"); page.StatusCode != 422 {
			t.Errorf("%s with a day that is not valid: %s", path, page.Status)
		}
	}
}

// countingAll counts tokens as a database does: also those that the list does not show, because they
// were revoked with their application or person.
type countingAll struct{ *memstore.Store }

func (s countingAll) CountAccessTokens(ctx context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	n, err := s.Store.CountAccessTokens(ctx, f)
	n.N += 5
	return n, err
}

func (s countingAll) CountFamilies(ctx context.Context, f oauth.FamilyFilter) (oauth.Count, error) {
	n, err := s.Store.CountFamilies(ctx, f)
	n.N += 5
	return n, err
}

// TestNumberBesideEachFilterIsThatOfTheRows that the list shows with the filter. A list without rows
// mentions a search only if there was one.
func TestNumberBesideEachFilterIsThatOfTheRows(t *testing.T) {
	o := filled(t, func(o *latchkey.Options) { o.Store = countingAll{memstore.New(nil)} })
	chip := regexp.MustCompile(`<a href="([^"]*)"[^>]*>([^<]*) <span class="num">([^<]*)</span>`)
	compare := func() (compared int) {
		for _, path := range append(lists(t), "audit/") {
			for _, link := range chip.FindAllStringSubmatch(o.open(path+"?limit=100").Body, -1) {
				page := o.open(path + html.UnescapeString(link[1]))
				if rows := strings.Count(page.Body, `<th scope="row">`); strconv.Itoa(rows) != link[3] {
					t.Errorf("%s: %s has the number %s, and the list has %d rows", path, link[2], link[3], rows)
				}
				if strings.Contains(page.Body, "match your search") {
					t.Errorf("%s: %s mentions a search", path, link[2])
				}
				compared++
			}
		}
		return compared
	}
	if n := compare(); n < 20 {
		t.Errorf("only %d filters have a number", n)
	}
	if err := o.Store.RevokeSubject(t.Context(), o.user("ada").ID, o.Now()); err != nil {
		t.Fatal(err)
	}
	compare()
}

// TestAuditorHasNoActionsInAnyList: neither checkboxes nor buttons that change something.
func TestAuditorHasNoActionsInAnyList(t *testing.T) {
	o := filled(t)
	auditor := office{o.Provider, o.as(account.RoleAuditor), t}
	operator := regexp.MustCompile(`(?s)<main.*</main>`)
	find := regexp.MustCompile(`(?s)<form class="filters" method="post" action="/admin/tokens/find/">.*?</form>`)
	for _, path := range append(lists(t), "audit/", "tokens/?kind=access") {
		page := auditor.open(path)
		main := find.ReplaceAllString(operator.FindString(page.Body), "")
		if page.StatusCode != 200 || main == "" || strings.Contains(main, `type="checkbox"`) || strings.Contains(main, `method="post"`) {
			t.Errorf("%s: %s %s", path, page.Status, main)
		}
	}
}

// TestRowsOfListsLinkToPeopleAndApplications wherever they are named.
func TestRowsOfListsLinkToPeopleAndApplications(t *testing.T) {
	o := filled(t)
	person, app := `href="/admin/users/`+o.user("ada").ID+`/"`, `href="/admin/applications/`
	for path, wants := range map[string][]string{
		"tokens/": {person, app}, "tokens/?kind=access": {person, app}, "consents/": {person, app}, "sessions/?q=ada": {person}, "requests/?kind=code": {person, app},
		"problems/": {app}, "audit/": {person, app}, "keys/": {app}, "invitations/": {`href="/admin/users/` + o.user("root").ID + `/"`},
	} {
		rows := regexp.MustCompile(`(?s)<tbody>.*</tbody>`).FindString(o.open(path).Body)
		for _, want := range wants {
			if !strings.Contains(rows, want) {
				t.Errorf("%s has no link %s: %s", path, want, rows)
			}
		}
	}
}

// TestSettingsAreListedWithTheirValuesAndSources, without secrets.
func TestSettingsAreListedWithTheirValuesAndSources(t *testing.T) {
	o := filled(t)
	page := o.open("settings/?limit=100&set=yes")
	for _, want := range []string{`<code translate="no">registration</code>`, `<code translate="no">token</code>`, `>Options.Registration</code>`, "which applications can register themselves"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the settings lack %s: %s", want, page.Body)
		}
	}
	if page := o.open("settings/?q=code_ttl"); !strings.Contains(page.Body, `<code translate="no">1m</code>`) || !strings.Contains(page.Body, ">default<") {
		t.Errorf("a default: %s", page.Body)
	}
	for _, path := range []string{"settings/?limit=100", "webhooks/", "export/settings/?format=csv", "export/webhooks/?format=json"} {
		if body := o.open(path).Body; strings.Contains(body, "whsec_") || strings.Contains(body, "hush") {
			t.Errorf("%s shows a secret: %s", path, body)
		}
	}
	if page := o.open("webhooks/?sort=last_failure"); !strings.Contains(page.Body, "status 502") || !strings.Contains(page.Body, "Last failure") {
		t.Errorf("the last failure of a webhook: %s", page.Body)
	}
	operator := office{o.Provider, o.as(account.RoleOperator), t}
	if page := operator.open("settings/"); page.StatusCode != 403 {
		t.Errorf("an operator: %s", page.Status)
	}
}

// TestExceptionsAreListedOverAllApplications with the dates on which they end.
func TestExceptionsAreListedOverAllApplications(t *testing.T) {
	o := filled(t)
	page := o.open("exceptions/")
	if rows := strings.Count(page.Body, `<th scope="row">`); rows != 1 || !strings.Contains(page.Body, "until 9999-12-31") || !strings.Contains(page.Body, "implicit ended on 2020-12-31") {
		t.Errorf("%d rows: %s", rows, page.Body)
	}
}
