package admin_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// contains reports what a page lacks.
func contains(t *testing.T, body string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing in\n%s", want, body)
		}
	}
}

func TestANewServerSaysWhatToDoFirst(t *testing.T) {
	o := enter(t)
	body := o.open("").Body
	contains(t, body, "Get started", `href="/admin/applications/add/"`, `href="/admin/users/add/"`, "latchkey db backup", "Health")
	if strings.Contains(body, "Logins over time") {
		t.Error("a new server shows charts without numbers")
	}
	o.AddClient("https://app.example/cb", nil)
	if body := o.open("").Body; strings.Contains(body, "Get started") || !strings.Contains(body, "Nothing needs your attention at the moment.") {
		t.Errorf("with an application:\n%s", body)
	}
}

func TestTheStartPageCountsLoginsTokensAndFailures(t *testing.T) {
	o := enter(t)
	client, secret := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.GrantTypes = []string{oauth.GrantClientCredentials} })
	for range 3 {
		o.answer("/token/", client.ID, secret, "grant_type", "client_credentials")
	}
	for range 2 {
		o.answer("/token/", client.ID, "wrong", "grant_type", "client_credentials")
	}
	stranger := o.Provider.Browser()
	stranger.Submit(stranger.Open(o.Issuer+"/login/"), url.Values{"username": {"root"}, "password": {"wrong"}})
	for _, period := range []string{"", "?period=week", "?period=month", "?period=nonsense"} {
		body := o.open(period).Body
		contains(t, body,
			`<h3>Logins</h3><p class="value">1</p>`, `<h3>Failed logins</h3><p class="value">1</p>`, `<h3>Tokens issued</h3><p class="value">3</p>`,
			`<code>client_credentials</code></span><span class="num">3</span>`, `Wrong or expired client secret</a></span><span class="num">2</span>`, "Wrong password",
			`role="img"`, "Show as a table", "The highest number is 2")
		if strings.Contains(body, "style=") {
			t.Error("a style attribute, which the Content-Security-Policy forbids")
		}
	}
}

// TestEachBarOfFailuresLeadsToItsRequests: for all reasons, of registered applications and of others, and
// a bar without stored requests has no link.
func TestEachBarOfFailuresLeadsToItsRequests(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.SessionIdleTTL, o.SessionTTL = 1000*24*time.Hour, 1000*24*time.Hour })
	app, _ := o.AddClient("https://app.example/cb", nil)
	link := regexp.MustCompile(`href="(/admin/problems/\?[^"]*failure=[^"]*)"`)
	keys := slices.Sorted(maps.Keys(rejections.Fixes()))
	for i, key := range keys {
		code, reason, both := strings.Cut(key, " ")
		if !both && strings.Contains(key, "_") {
			code, reason = oauth.CodeInvalidRequest, key
		}
		if !both && key == code {
			reason = "-"
		}
		stored := oauth.Rejection{ID: fmt.Sprintf("%010d", i), At: o.Now(), Code: code, Reason: strings.TrimSpace("/token/ " + code + " " + strings.TrimSuffix(reason, "-")), ClientID: []string{"", app.ID}[i%2]}
		if err := errors.Join(
			o.Store.AddRejections(t.Context(), []oauth.Rejection{stored}, oauth.RejectionBounds{Reason: 9, Source: 9}),
			o.Store.AddTallies(t.Context(), []oauth.Tally{{Period: oauth.PerHour, At: oauth.PerHour.Begin(o.Now()), Series: "failure/token/" + code + "/" + reason, N: 3}}),
			o.Store.AddTallies(t.Context(), []oauth.Tally{{Period: oauth.PerHour, At: oauth.PerHour.Begin(o.Now()), Series: "failure/token/gone/never_stored", N: 1}}),
		); err != nil {
			t.Fatal(err)
		}
		found := link.FindAllStringSubmatch(o.open("").Body, -1)
		if len(found) != 1 {
			t.Fatalf("%s: the bars lead to %v", key, found)
		}
		other := oauth.Rejection{ID: fmt.Sprintf("%010d", 1000+i), At: o.Now(), Code: code, Reason: "/token/ " + code + " other_" + strings.TrimSuffix(reason, "-")}
		if err := o.Store.AddRejections(t.Context(), []oauth.Rejection{other}, oauth.RejectionBounds{Reason: 9, Source: 9}); err != nil {
			t.Fatal(err)
		}
		list := o.Open(o.URL + html.UnescapeString(found[0][1])).Body
		if !strings.Contains(list, "/admin/problems/"+stored.ID+"/") || strings.Contains(list, "/admin/problems/"+other.ID+"/") {
			t.Errorf("%s: %s leads to a list without the request, or with another one", key, found[0][1])
		}
		o.Advance(49 * time.Hour)
	}
}

func TestTheStartPageSaysWhatNeedsAnAdministrator(t *testing.T) {
	now := time.Now()
	store := memstore.New(nil)
	o := enter(t, func(o *latchkey.Options) {
		o.Store = store
	})
	secret := func(expires time.Duration) []oauth.ClientSecret {
		return []oauth.ClientSecret{{ID: "1", Hash: []byte("x"), CreatedAt: now, ExpiresAt: now.Add(expires)}}
	}
	for name, change := range map[string]func(*oauth.Client){
		"Soon":     func(c *oauth.Client) { c.Secrets = secret(3 * 24 * time.Hour) },
		"Over":     func(c *oauth.Client) { c.Secrets = secret(-time.Hour) },
		"Later":    func(c *oauth.Client) { c.Secrets = secret(90 * 24 * time.Hour) },
		"Disabled": func(c *oauth.Client) { c.Secrets, c.Disabled = secret(time.Hour), true },
		"Legacy": func(c *oauth.Client) {
			c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: now.AddDate(0, 0, 5).Format(time.DateOnly)}}
		},
		"Weak": func(c *oauth.Client) { c.CodeWithoutPKCE = true },
	} {
		o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "App " + name; change(c) })
	}
	failing, _ := o.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Name = "Failing <app>" })
	for range 3 {
		o.answer("/token/", failing.ID, "wrong", "grant_type", "client_credentials")
	}
	hour := oauth.PerHour.Begin(now)
	if err := store.AddTallies(t.Context(), []oauth.Tally{
		{Period: oauth.PerHour, At: hour, Series: "webhook/retry/billing", N: 5},
		{Period: oauth.PerHour, At: hour, Series: "webhook/ok/fine", N: 5},
		{Period: oauth.PerHour, At: hour, Series: "webhook/retry/fine", N: 1},
		{Period: oauth.PerHour, At: hour, Series: "mail/failed", N: 2},
	}); err != nil {
		t.Fatal(err)
	}
	if err := store.SaveWebhookFailure(t.Context(), oauth.WebhookFailure{Webhook: "billing", Reason: "connection refused", At: now}); err != nil {
		t.Fatal(err)
	}
	body := o.open("").Body
	contains(t, body, "The last failure was on", "connection refused",
		"All secrets of App Soon expire soon", "All secrets of App Over have expired", "The exception password of App Legacy", "App Weak is less secure than it could be",
		"Failing &lt;app&gt;: 3 requests were rejected for the same reason", "The webhook billing fails", "In the last 24 hours: 5 retried, 0 failed, 0 dropped.", "Emails cannot be sent", "Needs attention",
	)
	for _, unwanted := range []string{"App Later", "App Disabled", "webhook fine", "Everything works"} {
		if strings.Contains(body, unwanted) {
			t.Errorf("the page has %q:\n%s", unwanted, body)
		}
	}
}

// bigger is a Store that knows the sizes of its tables, and whose tables are newer.
type bigger struct{ latchkey.Store }

func (bigger) NewerTables() bool { return true }

func (bigger) TableSizes(context.Context) (map[string]int64, error) {
	return map[string]int64{"ticket": 3 << 30, "family": 100 << 20, "client": 8 << 10}, nil
}

func TestTheStartPageShowsTheSizesOfTables(t *testing.T) {
	o := enter(t, func(o *latchkey.Options) { o.Store = bigger{memstore.New(nil)} })
	body := o.open("").Body
	if strings.Contains(body, "only the size of the whole file") {
		t.Error("the page says that the sizes of tables are not known")
	}
	contains(t, body, "Size of the database", `<p class="value">3,172 MB</p>`, `<code>ticket</code></th><td class="num">3,072 MB`, "8 KB", "A newer release has changed the tables")
}

// TestTheStartPageIsolatesNames: a name that runs from right to left does not reorder the
// text around it.
func TestTheStartPageIsolatesNames(t *testing.T) {
	o := enter(t)
	for i := range 3 {
		o.AddClient("https://app.example/cb", func(c *oauth.Client) {
			c.Name, c.CodeWithoutPKCE = fmt.Sprint("שלום <b>", i), true
		})
	}
	contains(t, o.open("").Body, "\u2068שלום &lt;b&gt;0\u2069 is less secure")
}

// TestTheBackOfficeOfAHostProgramShowsOnlyWhatAppliesToItsPeople: it has no accounts, logins and
// mails, and its settings are fields of latchkey.Options.
func TestTheBackOfficeOfAHostProgramShowsOnlyWhatAppliesToItsPeople(t *testing.T) {
	p := latchkeytest.New(t, latchkeytest.OwnPeople("root"), func(o *latchkey.Options) { o.AccessTokenTTL = 20 * time.Minute })
	b := p.Browser()
	body := b.LogIn(b.Open(p.URL+"/admin/"), "root").Body
	contains(t, body, "Get started", "all applications lose their access", "latchkey db backup --db FILE")
	p.AddClient("https://app.example/cb", nil)
	body += b.Open(p.URL + "/admin/").Body
	contains(t, body, "Tokens issued over time")
	settings := b.Open(p.URL + "/admin/settings/?limit=100").Body
	contains(t, settings, "fields of latchkey.Options", `>Options.AccessTokenTTL</code>`, ">20m<")
	for _, wrong := range []string{">Email<", "Logins", "Failed logins", "mail server", "nobody can log in", "flags, environment variables"} {
		if strings.Contains(body+settings, wrong) {
			t.Errorf("the pages contain %q", wrong)
		}
	}
	for _, path := range []string{"users/", "users/b-1/", "groups/add/", "invitations/", "sessions/", "api-tokens/", "login-providers/"} {
		page := b.Open(p.URL + "/admin/" + path)
		if page.StatusCode != http.StatusNotFound || !strings.Contains(page.Body, "the program that contains this server has its own users") {
			t.Errorf("%s: %s %s", path, page.Status, page.Body)
		}
	}
	for _, wrong := range []string{"session_ttl", "require_second_factor", "remember_browser_ttl"} {
		if strings.Contains(settings, wrong) {
			t.Errorf("the setting %s has no effect, and is listed", wrong)
		}
	}
}

// oneFile is a Store that is one file, as SQLite is.
type oneFile struct{ latchkey.Store }

func (oneFile) InOneFile() bool { return true }

func (oneFile) TableSizes(context.Context) (map[string]int64, error) {
	return map[string]int64{"": 20 << 20}, nil
}

// TestTheStartPageShowsNodesCertificatesAndBackups: a node that is gone is not shown.
func TestTheStartPageShowsNodesCertificatesAndBackups(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		certificate time.Duration // how long it is valid
		versions    []string      // of other nodes
		backup      time.Duration // how long ago it was made, or 0
		want        []string
		unwanted    []string
	}{
		"nothing":      {want: []string{"No backup was made in the last 30 days", "latchkey db backup", `<strong><bdi>here</bdi></strong>`, "20 MB", "only the size of the whole file"}, unwanted: []string{"TLS certificate", "different versions"}},
		"fine":         {certificate: 31 * day, backup: 6 * day, want: []string{"TLS certificate", "Expires on", "Last backup", "Everything works"}, unwanted: []string{"expires soon", "has expired", "older than a week", "No backup"}},
		"soon":         {certificate: 29 * day, backup: 8 * day, want: []string{"The TLS certificate of here expires soon", "The last backup is older than a week"}, unwanted: []string{"Everything works"}},
		"expired":      {certificate: -time.Hour, backup: day, want: []string{"The TLS certificate of here has expired"}, unwanted: []string{"expires soon"}},
		"two versions": {versions: []string{"v0.9.1"}, backup: day, want: []string{"The nodes run different versions", "v0.9.1", `<bdi>other0 &lt;b&gt;</bdi>`}},
	} {
		t.Run(name, func(t *testing.T) {
			store := memstore.New(nil)
			o := enter(t, func(o *latchkey.Options) {
				o.Store = oneFile{store}
				o.Node = func() oauth.Node {
					n := oauth.Node{Host: "here"}
					if test.certificate != 0 {
						n.CertificateEnds = time.Now().Add(test.certificate)
					}
					return n
				}
			})
			o.AddClient("https://app.example/cb", nil)
			for i, version := range test.versions {
				node := oauth.Node{Host: fmt.Sprintf("other%d <b>", i), Version: version, StartedAt: time.Now()}
				if err := store.UseIssuer(t.Context(), oauth.IssuerUse{Server: "x", Issuer: o.Issuer, Lasts: time.Minute, Node: node}); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.UseIssuer(t.Context(), oauth.IssuerUse{Server: "gone", Issuer: o.Issuer, Node: oauth.Node{Host: "gone"}}); err != nil {
				t.Fatal(err)
			}
			if test.backup != 0 {
				at := time.Now().Add(-test.backup)
				if err := store.AddTallies(t.Context(), []oauth.Tally{{Period: oauth.PerDay, At: oauth.PerDay.Begin(at), Series: oauth.TallyBackup, N: at.Unix(), Replaces: true}}); err != nil {
					t.Fatal(err)
				}
			}
			body := o.open("").Body
			contains(t, body, append(test.want, "Nodes", "last seen")...)
			for _, unwanted := range append(test.unwanted, "gone") {
				if strings.Contains(body, unwanted) {
					t.Errorf("the page has %q:\n%s", unwanted, body)
				}
			}
		})
	}
}
