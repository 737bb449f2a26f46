package audit_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// all returns all records, newest first.
func (v *vault) all(t *testing.T) []*audit.Record {
	t.Helper()
	if _, err := v.log.Link(ctx); err != nil {
		t.Fatal(err)
	}
	records, _, err := audit.List(ctx, v, audit.Filter{}, paging.Page{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// TestTokenRequestsAreNotRecorded: there are too many. Tokens that a host program issued
// are recorded, and so is reuse that revoked a permission.
func TestTokenRequestsAreNotRecorded(t *testing.T) {
	v := newVault(t)
	for _, e := range []oauth.Event{
		{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.OutcomeOK},
		{Name: oauth.EventToken, Kind: oauth.GrantRefreshToken, Outcome: oauth.CodeInvalidGrant},
		{Name: oauth.EventIntrospection, Outcome: oauth.OutcomeActive},
		{Name: oauth.EventReplay, Outcome: oauth.OutcomeSameAnswer},
		{Name: oauth.EventAuthorization, Outcome: oauth.CodeInvalidRequest},
		{Name: oauth.EventRegistration, Outcome: oauth.CodeInvalidRequest},
		{Name: oauth.EventWebhook, Outcome: oauth.OutcomeOK},
	} {
		if v.log.OnEvent(ctx, e); len(v.all(t)) > 0 {
			t.Fatalf("%+v is recorded", e)
		}
	}
	for i, e := range []oauth.Event{
		{Name: oauth.EventToken, Kind: oauth.KindDirect, Outcome: oauth.OutcomeOK, ClientID: "x"},
		{Name: oauth.EventReplay, Outcome: oauth.OutcomeRevoked, ClientID: "x"},
		{Name: oauth.EventAuthorization, Outcome: oauth.OutcomeApproved, ClientID: "x", Subject: "ada"},
	} {
		if v.log.OnEvent(ctx, e); len(v.all(t)) != i+1 {
			t.Fatalf("%+v is not recorded", e)
		}
	}
}

// TestEveryRecordedEventHasAKnownCategory.
func TestEveryRecordedEventHasAKnownCategory(t *testing.T) {
	known := map[string]bool{"": true}
	for _, c := range oauth.Categories() {
		known[c] = true
	}
	for _, e := range oauth.EventTypes() {
		if !known[e.Category] {
			t.Errorf("%s: %q", e.Name, e.Category)
		}
	}
}

// TestActorIsThePersonOrProgramThatActed.
func TestActorIsThePersonOrProgramThatActed(t *testing.T) {
	for name, c := range map[string]struct {
		event oauth.Event
		by    string // logged in
		want  string
	}{
		"administrator of many":   {oauth.Event{Name: oauth.EventAdministration, Actor: "root", Kind: "users", Target: "ada", Outcome: "ok"}, "root", "person root on ada"},
		"administrator":           {oauth.Event{Name: oauth.EventAdministration, Actor: "root", Kind: "users/{id}", Target: "ada", Outcome: "ok"}, "root", "person root on ada"},
		"denied administrator":    {oauth.Event{Name: oauth.EventPermissionDenied, Actor: "root", Kind: "people/{id}", Target: "ada", Outcome: "denied"}, "root", "person root on ada"},
		"command":                 {oauth.Event{Name: oauth.EventAdministration, Actor: "os:eve", Kind: "latchkey user edit", Target: "ada", Outcome: "ok"}, "", "command os:eve on ada"},
		"file with a person":      {oauth.Event{Name: oauth.EventAdministration, Actor: "os:eve", Kind: "latchkey apply users/{id}", Target: "ada", Outcome: "ok"}, "", "command os:eve on ada"},
		"file with a client":      {oauth.Event{Name: oauth.EventAdministration, Actor: "os:eve", Kind: "latchkey apply applications/add", Target: "x", Outcome: "ok"}, "", "command os:eve on  x"},
		"host":                    {oauth.Event{Name: oauth.EventAdministration, Actor: "host", Kind: "Server.CreateApplication", Target: "x", Outcome: "ok"}, "", "host  on  x"},
		"login":                   {oauth.Event{Name: oauth.EventLogin, Subject: "ada", Outcome: "ok"}, "", "person ada on ada"},
		"login instead of bob":    {oauth.Event{Name: oauth.EventLogin, Subject: "ada", Outcome: "ok"}, "bob", "person ada on ada"},
		"failed login":            {oauth.Event{Name: oauth.EventLogin, Outcome: "wrong_password", Details: &oauth.EventDetails{Person: "ada"}}, "bob", "  on ada"},
		"password reset by link":  {oauth.Event{Name: oauth.EventPasswordReset, Subject: "ada", Outcome: "ok"}, "", "person ada on ada"},
		"sessions ended by root":  {oauth.Event{Name: oauth.EventSessionEnd, Subject: "ada", Outcome: "ok"}, "root", "person root on ada"},
		"wrong password, own":     {oauth.Event{Name: oauth.EventPasswordChange, Subject: "ada", Outcome: "wrong_password"}, "ada", "person ada on ada"},
		"revocation by the app":   {oauth.Event{Name: oauth.EventRevocation, ClientID: "x", Outcome: "ok"}, "", "application x on  x"},
		"revocation by root":      {oauth.Event{Name: oauth.EventRevocation, ClientID: "x", Outcome: "ok"}, "root", "person root on  x"},
		"a token for the host":    {oauth.Event{Name: oauth.EventToken, Kind: oauth.KindDirect, ClientID: "x", Subject: "ada", Outcome: "ok"}, "", "host  on ada x"},
		"a key that was rotated":  {oauth.Event{Name: oauth.EventKeyRotation, Kind: "ES256", Outcome: "ok"}, "", "server  on "},
		"an administrator's link": {oauth.Event{Name: oauth.EventFactorChange, Actor: "root", Subject: "ada", Outcome: "ok"}, "root", "person root on ada"},
	} {
		v := newVault(t)
		request, actor := audit.WithActor(ctx, "Firefox")
		actor.ID, actor.Name = c.by, "Name of "+c.by
		v.log.OnEvent(request, c.event)
		r := v.all(t)[0]
		if got := strings.TrimRight(fmt.Sprintf("%s %s on %s %s", r.ActorKind, r.Actor, r.Person, r.ClientID), " "); got != strings.TrimRight(c.want, " ") {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if c.by == r.Actor && c.by != "" && r.Origin.Name != "Name of "+c.by || r.Origin.UserAgent != "Firefox" {
			t.Errorf("%s: %+v", name, r.Origin)
		}
	}
}

// TestUnauthenticatedCallersCannotFillTheLog: per minute, few of their attempts are recorded
// one by one, and the rest are counted.
func TestUnauthenticatedCallersCannotFillTheLog(t *testing.T) {
	v := newVault(t)
	attempt := func(address string) {
		v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeWrongPassword, At: v.now, Address: netip.MustParseAddr(address)})
	}
	for range 100 {
		attempt("192.0.2.1")
	}
	if n := len(v.all(t)); n != 20 {
		t.Errorf("%d records from one address", n)
	}
	for i := range 100 {
		attempt(fmt.Sprintf("2001:db8::%x", i+1)) // one network
	}
	if n := len(v.all(t)); n != 40 {
		t.Errorf("%d records from two networks", n)
	}
	for i := range 1000 {
		attempt(fmt.Sprintf("198.51.%d.%d", i/250, i%250))
	}
	if n := len(v.all(t)); n != 200 {
		t.Errorf("%d records from many networks", n)
	}
	v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
	if n := len(v.all(t)); n != 201 {
		t.Errorf("a login that succeeds is not recorded: %d", n)
	}
	v.now = v.now.Add(time.Minute)
	attempt("192.0.2.1")
	counted := int64(0)
	for _, r := range v.all(t) {
		counted += r.Repeated
	}
	if counted != 1200-200 {
		t.Errorf("%d attempts were counted", counted)
	}
}

// TestPeopleAndApplicationsCannotFillTheLog: the records of a person who is logged in are
// limited, and so are those of an application, because anybody can know its client_id. The
// acts of administrators are always recorded, also those of applications such as a directory.
func TestPeopleAndApplicationsCannotFillTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		event oauth.Event
		want  int
	}{
		"person":        {oauth.Event{Name: oauth.EventWithdrawal, Outcome: oauth.OutcomeOK, Subject: "ada", ClientID: "x"}, 60},
		"application":   {oauth.Event{Name: oauth.EventRevocation, Outcome: oauth.OutcomeOK, ClientID: "x", Address: netip.MustParseAddr("192.0.2.1")}, 20},
		"no address":    {oauth.Event{Name: oauth.EventRevocation, Outcome: oauth.OutcomeOK, ClientID: "x"}, 20},
		"no permission": {oauth.Event{Name: oauth.EventPermissionDenied, Kind: "keys", Outcome: oauth.OutcomeDenied, Actor: "eve"}, 60},
		"administrator": {oauth.Event{Name: oauth.EventAdministration, Kind: "users/{id}", Outcome: oauth.OutcomeOK, Actor: "root", Target: "ada"}, 300},
		"directory":     {oauth.Event{Name: oauth.EventAdministration, Kind: "users/{id}", Outcome: oauth.OutcomeOK, Actor: "directory", Target: "ada", Address: netip.MustParseAddr("192.0.2.1")}, 300},
		"no scope":      {oauth.Event{Name: oauth.EventPermissionDenied, Kind: "keys", Outcome: oauth.OutcomeDenied, Actor: "directory", Address: netip.MustParseAddr("192.0.2.1")}, 20},
		"host":          {oauth.Event{Name: oauth.EventToken, Kind: oauth.KindDirect, Outcome: oauth.OutcomeOK, ClientID: "x"}, 300},
	} {
		v := newVault(t)
		c.event.At = v.now
		ctx := ctx
		if c.event.Actor == "directory" {
			var application *audit.Actor
			ctx, application = audit.WithActor(ctx, "")
			application.ID, application.Application = "directory", true
		}
		for range 300 {
			v.log.OnEvent(ctx, c.event)
		}
		if n := len(v.all(t)); n != c.want {
			t.Errorf("%s: %d records, want %d", name, n, c.want)
		}
		if c.event.Subject != "" { // another person has a limit of their own, and reports the others
			c.event.Subject = "bob"
			v.log.OnEvent(ctx, c.event)
			if all := v.all(t); len(all) != c.want+1 || all[0].Repeated+all[1].Repeated != 300-60 && all[0].Actor == "bob" {
				t.Errorf("%s: %d records", name, len(all))
			}
		}
	}
}

// TestManyNetworksCannotTurnOffTheLog: a record that is not stored uses no memory, so that a caller
// with thousands of networks does not displace the records of others.
func TestManyNetworksCannotTurnOffTheLog(t *testing.T) {
	v := newVault(t)
	attempt := func(event, address string) {
		v.log.OnEvent(ctx, oauth.Event{Name: event, Outcome: oauth.OutcomeWrongPassword, At: v.now, Address: netip.MustParseAddr(address)})
	}
	for i := range 11_000 {
		attempt(oauth.EventLogin, fmt.Sprintf("2001:db8:0:%x::1", i))
	}
	attempt(oauth.EventPasswordReset, "192.0.2.1")
	if n := len(v.all(t)); n != 201 {
		t.Errorf("%d records, want 201", n)
	}
}

// TestRecordsHaveNoSecretsAndBoundedTexts.
func TestRecordsHaveNoSecretsAndBoundedTexts(t *testing.T) {
	v := newVault(t)
	before, after := &oauth.Client{ID: "x", Name: "Shop", Secrets: []oauth.ClientSecret{{ID: "s", Hash: []byte("hash-of-it")}}}, &oauth.Client{ID: "x", Name: strings.Repeat("ü", 5000), Contacts: []string{"lk_at_0316SA78TLOtaVAJXqcGVcIMDmPOt2M64WWlNMd0H5TXFZkJF0m6"}}
	request, _ := audit.WithActor(ctx, strings.Repeat("x\x00\xff", 5000))
	v.log.OnEvent(request, oauth.Event{Name: oauth.EventAdministration, Kind: "applications/{id}/edit", Target: "x", Actor: "root", Outcome: "ok", Details: &oauth.EventDetails{Changes: audit.ClientChanges(before, after)}})
	r := v.all(t)[0]
	if text := fmt.Sprintf("%+v %+v", r.Details, r.Origin); strings.Contains(text, "hash-of-it") || strings.Contains(text, "0316SA78") || !strings.Contains(text, "client_name") || len(text) > 5000 || !oauth.IsText(text) {
		t.Errorf("%s", text)
	}
}

// TestChangesOfPeopleNameListedFieldsOnly.
func TestChangesOfPeopleNameListedFieldsOnly(t *testing.T) {
	before := &account.User{ID: "1", Username: "ada", Email: "a@example.com", PasswordHash: "$argon2id$1", Claims: []byte(`{"locale":"en","email_verified":true}`), Version: 3}
	after := *before
	after.Email, after.PasswordHash, after.Admin, after.Claims, after.Version = "b@example.com", "$argon2id$2", true, []byte(`{"zoneinfo":"Europe/Berlin"}`), 4
	got := fmt.Sprint(audit.UserChanges(before, &after))
	want := "[{admin  true} {claims.email_verified true } {claims.locale en } {claims.zoneinfo  Europe/Berlin} {email a@example.com b@example.com} {email_verified true }]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestExportsAreSafe: a spreadsheet takes no value for a formula, and no value can add a
// field or a line to CEF.
func TestExportsAreSafe(t *testing.T) {
	for _, name := range []string{`=HYPERLINK("http://evil.example")`, "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "|cmd"} {
		r := &audit.Record{ID: "1", At: start, Event: "login", Category: "login", Outcome: "ok", Actor: name, Origin: &audit.Origin{Name: name}, Details: &audit.Details{ClientName: name}}
		var b strings.Builder
		e, err := audit.NewExporter(&b, "csv", "1")
		if err != nil || e.Write(r) != nil || e.Close() != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[0]) != len(rows[1]) {
			t.Fatalf("%v %v", rows, err)
		}
		for _, value := range rows[1] {
			if strings.HasSuffix(value, name) && !strings.HasPrefix(value, "2026") && value != "'"+name {
				t.Errorf("%q is exported as %q", name, value)
			}
		}
	}
	r := &audit.Record{ID: "1", At: start, Event: "login", Outcome: "ok", Kind: "a|b\nCEF:0|x", Origin: &audit.Origin{Name: `x src=1.2.3.4\`, UserAgent: "a\nb=c", Address: "2001:db8::1"}}
	got := audit.CEF(r, "1.0")
	want := `CEF:0|Latchkey|Latchkey|1.0|login|login a\|b CEF:0\|x|3|rt=1795939200000 externalId=1 outcome=ok c6a2=2001:db8::1 c6a2Label=Source IPv6 Address suser=x src\=1.2.3.4\\ requestClientApplication=a\nb\=c`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := audit.NewExporter(nil, "xml", ""); err == nil {
		t.Error("xml is a format")
	}
}

// TestEachPassesAllRecordsThatWait, however many there are, and each record once.
func TestEachPassesAllRecordsThatWait(t *testing.T) {
	v := newVault(t)
	v.record(t, 3)
	for range 250 {
		v.now = v.now.Add(time.Minute)
		v.log.OnEvent(ctx, oauth.Event{Name: oauth.EventLogin, Outcome: oauth.OutcomeOK, At: v.now, Subject: "ada"})
	}
	passed := make(map[string]bool)
	err := audit.Each(ctx, v, audit.Filter{Person: "ada"}, func(r *audit.Record) error {
		if len(passed) == 0 {
			v.record(t, 0) // links all
		}
		if passed[r.ID] {
			t.Errorf("%s is passed twice", r.ID)
		}
		passed[r.ID] = true
		return nil
	})
	if err != nil || len(passed) != 253 {
		t.Errorf("%d records, %v", len(passed), err)
	}
}

// longQueue is a Store whose queue has n equal rows.
type longQueue struct {
	audit.Store
	n int
}

func (q longQueue) AuditQueue(_ context.Context, n int) ([]audit.Row, error) {
	return slices.Repeat([]audit.Row{audit.ErasureRow(start, "ada")}, min(n, q.n)), nil
}

// TestAnExportThatIsIncompleteFails: more records wait than an export reads.
func TestAnExportThatIsIncompleteFails(t *testing.T) {
	const most = 32_000
	for n, want := range map[int]bool{most: false, most + 1: true} {
		passed := 0
		err := audit.Each(ctx, longQueue{newVault(t).Store, n}, audit.Filter{}, func(*audit.Record) error {
			passed++
			return nil
		})
		if (err != nil) != want || passed != most {
			t.Errorf("%d records wait: %d are passed, %v", n, passed, err)
		}
	}
}
