package storetest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// walk reads all pages of a list, first forwards and then backwards, and returns the
// names on each page.
func walk[T any](t *testing.T, get func(paging.Page) ([]T, paging.Cursor, error), name func(T) string, p paging.Page) (forwards, backwards []string) {
	t.Helper()
	page := func(p paging.Page) (string, paging.Cursor) {
		rows, cursor, err := get(p)
		must(t, err)
		names := make([]string, len(rows))
		for i, row := range rows {
			names[i] = name(row)
		}
		return strings.Join(names, " "), cursor
	}
	names, cursor := page(p)
	if cursor.Previous != "" {
		t.Error("there is a page before the first")
	}
	forwards = append(forwards, names)
	for cursor.Next != "" && len(forwards) < 20 {
		p.After, p.Before = cursor.Next, ""
		names, cursor = page(p)
		forwards = append(forwards, names)
	}
	for cursor.Previous != "" && len(backwards) < 20 {
		p.Before, p.After = cursor.Previous, ""
		names, cursor = page(p)
		backwards = append([]string{names}, backwards...)
	}
	return forwards, backwards
}

// endedSessions checks that a session that has expired by either time is listed with Ended, and that
// no other is.
func (h *house) endedSessions(t *testing.T) {
	t.Helper()
	start := func(id, user string, idle, end time.Duration) {
		must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: id, UserID: user, CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(idle), ExpiresAt: h.now.Add(end)}, Epoch: h.epoch(t, user)}))
	}
	start("e2", "id-bob", 0, time.Hour)
	start("e3", "id-bob", time.Hour, 0)
	start("e4", "id-bob", time.Hour, time.Hour)
	for _, test := range []struct {
		f    account.SessionFilter
		want string
	}{
		{account.SessionFilter{Ended: true}, "[e3 e2]"},
		{account.SessionFilter{Ended: true, UserID: "id-bob"}, "[e3 e2]"},
		{account.SessionFilter{Ended: true, Search: "BOB"}, "[e3 e2]"},
		{account.SessionFilter{Ended: true, UserID: "id-ada"}, "[]"},
	} {
		found := []string{}
		rows, _, err := h.Sessions(ctx, test.f, paging.Page{})
		must(t, err)
		for _, r := range rows {
			found = append(found, r.ID)
		}
		if n, err := h.CountSessions(ctx, test.f); fmt.Sprint(found) != test.want || err != nil || test.f.Ended && n.N != len(rows) {
			t.Errorf("%+v: the sessions %v, want %s; counted %v, %v", test.f, found, test.want, n, err)
		}
	}
}

func ids(clients []*oauth.Client) (all []string) {
	for _, c := range clients {
		all = append(all, c.ID)
	}
	return all
}

// filtersOfMembers checks that each filter of clients that is not a column selects the client that has the member,
// and not one whose members with any JSON contain the same text, and characters that not every database can store.
func (h *house) filtersOfMembers(t *testing.T) {
	t.Helper()
	free := json.RawMessage(`{"agent":true,"review":"waiting","registered_by_person":true,"document_fetched_at":"2026-11-30T00:00:00Z","legacy_features":[{"feature":"implicit"}],"grant_types":["x"],"nested":{"agent":true,"review":"waiting"},"text":"\u0000 \\u0000 \ud800 {\"agent\":true}"}`)
	base := oauth.Client{Name: "member", Type: oauth.Public, CreatedAt: h.now, GrantTypes: []string{"y"}, Metadata: free, WorkloadIdentities: free}
	base.JWKS = free
	for id, change := range map[string]func(*oauth.Client){
		"https://none.example":     func(*oauth.Client) {},
		"https://agent.example":    func(c *oauth.Client) { c.Agent, c.GrantTypes = true, []string{"x", "xy"} },
		"https://person.example":   func(c *oauth.Client) { c.RegisteredByPerson, c.GrantTypes = true, []string{"yx"} },
		"https://grant.example":    func(c *oauth.Client) { c.GrantTypes = []string{"urn:X?<a>&\u00e9\\"} },
		"https://document.example": func(c *oauth.Client) { c.DocumentFetchedAt = h.now },
		"https://review.example":   func(c *oauth.Client) { c.Review = oauth.ReviewWaiting },
		"https://nested.example": func(c *oauth.Client) { // more levels than SQLite can read
			c.GrantTypes, c.JWKS = nil, json.RawMessage(`{"keys":[],"names":["agent","review","legacy_features","grant_types"],"deep":`+strings.Repeat("[", 1100)+strings.Repeat("]", 1100)+`}`)
		},
		"https://legacy.example": func(c *oauth.Client) {
			c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2030-01-01"}}
		},
	} {
		c := base
		c.ID = id
		change(&c)
		must(t, h.CreateClient(ctx, &c))
		ticket := h.ticket("id-ada")
		must(t, h.approve(oauth.Approval{Put: &ticket, Consent: &oauth.Consent{Subject: "id-ada", ClientID: id, Scope: oauth.Scopes{"read"}, GrantedAt: h.now, UpdatedAt: h.now}}))
	}
	for want, f := range map[string]oauth.ClientFilter{
		"agent":                                 {GrantType: "x"},
		"person":                                {AddedBy: oauth.AddedByPerson},
		"document":                              {AddedBy: oauth.AddedByDocument},
		"review":                                {Review: oauth.ReviewWaiting},
		"legacy":                                {Legacy: true},
		"agent grant legacy nested none review": {AddedBy: oauth.AddedByAdministrator},
		"document legacy none review":           {GrantType: "y"},
		"grant":                                 {GrantType: "urn:X?<a>&\u00e9\\"},
		"":                                      {GrantType: "urn:x?<a>&\u00e9\\"},
	} {
		f.Search = "member"
		found, _, err := h.Clients(ctx, f, paging.Page{Sort: "client_id"})
		must(t, err)
		n, err := h.CountClients(ctx, f)
		must(t, err)
		var got []string
		for _, c := range found {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(c.ID, "https://"), ".example"))
		}
		if strings.Join(got, " ") != want || n.N != len(found) {
			t.Errorf("%+v: got %v, counted %d, want %s", f, got, n.N, want)
		}
	}
	agents, _, err := h.Consents(ctx, oauth.FamilyFilter{Agents: true, Subject: "id-ada"}, paging.Page{})
	must(t, err)
	agents = slices.DeleteFunc(agents, func(r oauth.ConsentRow) bool { return r.ClientName != "member" })
	if len(agents) != 1 || agents[0].ClientID != "https://agent.example" {
		t.Errorf("consents of agents: %+v", agents)
	}
}

func testLists(t *testing.T, h *house) {
	for i, name := range []string{"beta", "Alpha", "gamma", "alpha", "delta"} {
		c := &oauth.Client{ID: fmt.Sprint("c", i), Name: name, Type: oauth.Public, CreatedAt: h.now.Add(time.Duration(-i) * time.Second), GrantTypes: []string{"a", "b"}}
		if i == 3 {
			c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: "2030-01-01"}}
		}
		switch i {
		case 0: // these members can contain any JSON
			c.Metadata, c.JWKS = json.RawMessage(`{"agent":true}`), json.RawMessage(`{"keys":[],"agent":true}`)
		case 1:
			c.Agent = true
		case 2:
			c.Agent, c.RegisteredByPerson = true, true
			c.Type, c.Disabled, c.OwnerID, c.GrantTypes = oauth.Confidential, true, "id-owner", []string{"b"}
		}
		must(t, h.CreateClient(ctx, c))
	}
	h.user(t, "owner")
	clients := func(f oauth.ClientFilter) func(paging.Page) ([]*oauth.Client, paging.Cursor, error) {
		return func(p paging.Page) ([]*oauth.Client, paging.Cursor, error) { return h.Clients(ctx, f, p) }
	}
	id := func(c *oauth.Client) string { return c.ID }
	yes := true
	for name, test := range map[string]struct {
		f    oauth.ClientFilter
		p    paging.Page
		want []string
	}{
		"by name, with ties":    {p: paging.Page{Limit: 2}, want: []string{"c1 c3", "c0 c4", "c2"}},
		"by name, descending":   {p: paging.Page{Limit: 2, Descending: true}, want: []string{"c2 c4", "c0 c3", "c1"}},
		"by creation":           {p: paging.Page{Limit: 3, Sort: "created"}, want: []string{"c4 c3 c2", "c1 c0"}},
		"by type":               {p: paging.Page{Limit: 4, Sort: "type"}, want: []string{"c2 c0 c1 c3", "c4"}},
		"forged sort":           {p: paging.Page{Limit: 9, Sort: "name; DROP TABLE client"}, want: []string{"c1 c3 c0 c4 c2"}},
		"search":                {f: oauth.ClientFilter{Search: "ALPHA"}, want: []string{"c1 c3"}},
		"search by owner":       {f: oauth.ClientFilter{Search: "owne"}, want: []string{"c2"}},
		"search for a wildcard": {f: oauth.ClientFilter{Search: "%"}, want: []string{""}},
		"type":                  {f: oauth.ClientFilter{Type: oauth.Confidential}, want: []string{"c2"}},
		"grant":                 {f: oauth.ClientFilter{GrantType: "a"}, want: []string{"c1 c3 c0 c4"}},
		"legacy features":       {f: oauth.ClientFilter{Legacy: true}, want: []string{"c3"}},
		"owner":                 {f: oauth.ClientFilter{OwnerID: "id-owner"}, want: []string{"c2"}},
		"disabled":              {f: oauth.ClientFilter{Disabled: &yes}, want: []string{"c2"}},
		"some IDs":              {f: oauth.ClientFilter{IDs: []string{"c4", "c1", "missing", "\x00"}}, want: []string{"c1 c4"}},
		"no IDs":                {f: oauth.ClientFilter{IDs: []string{}}, want: []string{""}},
		"added in a time":       {f: oauth.ClientFilter{From: h.now.Add(-3 * time.Second), Until: h.now.Add(-time.Second)}, want: []string{"c3 c2"}},
	} {
		t.Run(name, func(t *testing.T) {
			forwards, backwards := walk(t, clients(test.f), id, test.p)
			same(t, "pages", forwards, test.want)
			same(t, "pages backwards", backwards, test.want[:len(test.want)-1])
			total := 0
			for _, page := range test.want {
				total += len(strings.Fields(page))
			}
			if n, err := h.CountClients(ctx, test.f); err != nil || n != (oauth.Count{N: total}) {
				t.Errorf("counted %v, %v, want %d", n, err, total)
			}
		})
	}

	t.Run("the last page is read from the end", func(t *testing.T) {
		last, cursor, err := h.Clients(ctx, oauth.ClientFilter{}, paging.Page{Limit: 2, Last: true})
		must(t, err)
		same(t, "last page", ids(last), []string{"c4", "c2"})
		before, _, err := h.Clients(ctx, oauth.ClientFilter{}, paging.Page{Limit: 2, Before: cursor.Previous})
		must(t, err)
		same(t, "the page before", ids(before), []string{"c3", "c0"})
		if cursor.Next != "" {
			t.Errorf("a page follows the last one: %+v", cursor)
		}
		all, cursor, err := h.Clients(ctx, oauth.ClientFilter{}, paging.Page{Limit: 9, Last: true})
		must(t, err)
		if len(all) != 5 || cursor != (paging.Cursor{}) {
			t.Errorf("the only page: %d rows, %+v", len(all), cursor)
		}
	})

	t.Run("names are found by their beginning", func(t *testing.T) {
		for text, want := range map[string][]string{"ALP": {"c1", "c3"}, "lpha": nil, "c2": {"c2"}, "%": nil, "": {"c0", "c1", "c2", "c3", "c4"}} {
			found, err := h.FindClients(ctx, text, 9)
			must(t, err)
			got := ids(found)
			slices.Sort(got)
			same(t, "clients that begin with "+text, got, want)
		}
		for text, want := range map[string]int{"OWN": 1, "wner": 0, "_": 0} {
			if found, err := h.FindUsers(ctx, text, 9); err != nil || len(found) != want {
				t.Errorf("users that begin with %q: %d, %v", text, len(found), err)
			}
		}
	})

	t.Run("client IDs are found as they are typed", func(t *testing.T) {
		const id = "Xq7-LkVbTzRw"
		for _, other := range []string{id, "a" + id, "xq7", "zzz"} {
			must(t, h.CreateClient(ctx, &oauth.Client{ID: other, Name: "Other", CreatedAt: h.now}))
		}
		for i := range 30 {
			must(t, h.CreateClient(ctx, &oauth.Client{ID: id + fmt.Sprint(i), Name: id, CreatedAt: h.now}))
		}
		for text, limit := range map[string]int{id: 3, "Xq7-LkV": 40, "Xq7-L": 100} {
			found, err := h.FindClients(ctx, text, limit)
			must(t, err)
			if got := ids(found); !slices.Contains(got, id) || text == id && got[0] != id || slices.Contains(got, "zzz") {
				t.Errorf("clients that begin with %s: %v", text, got)
			}
		}
	})

	t.Run("names do not hide a client whose ID begins with the text", func(t *testing.T) {
		const start = "Own-Mq3x"
		for i := range 12 {
			must(t, h.CreateClient(ctx, &oauth.Client{ID: fmt.Sprint("decoy", i), Name: strings.ToUpper(start) + fmt.Sprint(i), CreatedAt: h.now}))
		}
		must(t, h.CreateClient(ctx, &oauth.Client{ID: start + "zzz", Name: "Other", CreatedAt: h.now}))
		found, err := h.FindClients(ctx, start, 5)
		must(t, err)
		if len(found) < 5 || found[0].ID != start+"zzz" {
			t.Errorf("got %q", ids(found))
		}
	})

	t.Run("forged cursors are ignored", func(t *testing.T) {
		for _, plain := range []string{"", "x", `["a"]`, `[1,2]`, `["' OR 1=1 --","x"]`, `[null,{}]`, `{"Key":"'","ID":"'"}`, `[{"b":"AAAA"},{"b":"AA=="}]`} {
			forged := base64.RawURLEncoding.EncodeToString([]byte(plain))
			for _, p := range []paging.Page{{After: forged}, {Before: forged}, {After: plain}} {
				if _, _, err := h.Clients(ctx, oauth.ClientFilter{}, p); err != nil {
					t.Errorf("clients with %q: %v", plain, err)
				}
				if _, _, err := h.Families(ctx, oauth.FamilyFilter{}, p); err != nil {
					t.Errorf("families with %q: %v", plain, err)
				}
				if _, _, err := h.Consents(ctx, oauth.FamilyFilter{}, p); err != nil {
					t.Errorf("consents with %q: %v", plain, err)
				}
				if _, _, err := h.Users(ctx, account.UserFilter{}, p); err != nil {
					t.Errorf("users with %q: %v", plain, err)
				}
			}
		}
	})

	t.Run("tokens and consents are sorted newest first and filtered by client and user", func(t *testing.T) {
		h.client(t, "c")
		h.user(t, "ada")
		h.user(t, "bob")
		var families []oauth.Family
		for i, subject := range []string{"id-ada", "id-bob", "id-ada"} {
			h.setNow(h.now.Add(time.Second))
			f, _ := h.family(t, subject)
			families = append(families, f)
			ticket := h.ticket(subject)
			must(t, h.approve(oauth.Approval{Put: &ticket, Consent: &oauth.Consent{Subject: subject, ClientID: fmt.Sprint("c", i), Scope: [3]oauth.Scopes{{"read"}, {"read", "offline_access"}, {"offline_access2"}}[i], GrantedAt: h.now, UpdatedAt: h.now}}))
		}
		must(t, h.revoke(oauth.Revocation{ClientID: "c", Families: []oauth.ID{families[0].ID}, At: h.now}))
		rows, _, err := h.Families(ctx, oauth.FamilyFilter{}, paging.Page{})
		must(t, err)
		if len(rows) != 2 || rows[0].ID != families[2].ID || rows[0].ClientName != "App c" || rows[0].Username != "ada" {
			t.Errorf("families: %+v", rows)
		}
		rows, _, err = h.Families(ctx, oauth.FamilyFilter{}, paging.Page{Sort: "time"})
		must(t, err)
		if len(rows) != 2 || rows[0].ID != families[1].ID {
			t.Errorf("families, oldest first: %+v", rows)
		}
		third := families[2].IssuedAt
		for _, test := range []struct {
			f    oauth.FamilyFilter
			want [3]int // families, access tokens and consents
		}{
			{oauth.FamilyFilter{}, [3]int{2, 2, 3}},
			{oauth.FamilyFilter{Subject: "id-ada", ClientID: "c"}, [3]int{1, 1, 0}},
			{oauth.FamilyFilter{From: third}, [3]int{1, 1, 1}},
			{oauth.FamilyFilter{Until: third}, [3]int{1, 1, 2}},
			{oauth.FamilyFilter{From: third.Add(time.Second)}, [3]int{}},
			{oauth.FamilyFilter{Search: "BOB"}, [3]int{1, 1, 1}},
			{oauth.FamilyFilter{Agents: true}, [3]int{0, 0, 2}},
			{oauth.FamilyFilter{Offline: true}, [3]int{0, 0, 1}},
		} {
			families, err := h.CountFamilies(ctx, test.f)
			must(t, err)
			access, err := h.CountAccessTokens(ctx, test.f)
			must(t, err)
			consents, err := h.CountConsents(ctx, test.f)
			must(t, err)
			listed, _, err := h.Families(ctx, test.f, paging.Page{})
			must(t, err)
			tokens, _, err := h.AccessTokens(ctx, test.f, paging.Page{})
			must(t, err)
			// The count of access tokens can include those of a family that was revoked.
			if got := [3]int{families.N, len(tokens), consents.N}; got != test.want || len(listed) != test.want[0] || access.N < len(tokens) || access.N > len(tokens)+1 {
				t.Errorf("%+v: counted %v and %v, listed %d, want %v", test.f, got, access, len(listed), test.want)
			}
		}
		rows, _, err = h.Families(ctx, oauth.FamilyFilter{Search: "BOB"}, paging.Page{})
		must(t, err)
		if len(rows) != 1 || rows[0].Subject != "id-bob" {
			t.Errorf("families of bob: %+v", rows)
		}
		tokens, _, err := h.AccessTokens(ctx, oauth.FamilyFilter{Subject: "id-ada"}, paging.Page{Limit: 1})
		must(t, err)
		if len(tokens) != 1 || tokens[0].FamilyID != families[2].ID {
			t.Errorf("tokens: %+v", tokens)
		}
		consents := func(p paging.Page) ([]oauth.ConsentRow, paging.Cursor, error) {
			return h.Consents(ctx, oauth.FamilyFilter{}, p)
		}
		forwards, backwards := walk(t, consents, func(r oauth.ConsentRow) string { return r.ClientID }, paging.Page{Limit: 2})
		same(t, "consents", forwards, []string{"c2 c1", "c0"})
		same(t, "consents backwards", backwards, []string{"c2 c1"})
		allConsents, _, err := consents(paging.Page{})
		must(t, err)
		for i, want := range [][2]string{{"", "c1 c0"}, {"c2", "c0"}, {"c2 c1", ""}} {
			var got [2]string
			for j, p := range []paging.Page{{Before: h.ConsentCursor(allConsents[i].Consent)}, {After: h.ConsentCursor(allConsents[i].Consent)}} {
				part, _, err := consents(p)
				must(t, err)
				var ids []string
				for _, row := range part {
					ids = append(ids, row.ClientID)
				}
				got[j] = strings.Join(ids, " ")
			}
			same(t, "consents before and after a row", got, want)
		}
	})

	t.Run("clients are filtered by their own members", h.filtersOfMembers)

	t.Run("tickets of a kind are listed until they expire, newest first", func(t *testing.T) {
		var want []string
		for i := range 5 {
			h.setNow(h.now.Add(time.Second))
			ticket := h.ticket("id-ada")
			ticket.Kind = "listed"
			if i == 3 { // it has expired
				ticket.ExpiresAt = h.now
			}
			must(t, h.Put(ctx, ticket))
			h.put(t, "id-ada") // another kind
			if i == 1 {
				got, err := h.Spend(ctx, h.spend(ticket))
				must(t, err)
				if !got.Won {
					t.Fatal("the ticket was not spent")
				}
			}
			if i != 3 {
				want = append([]string{ticket.ID.String()}, want...)
			}
		}
		h.setNow(h.now.Add(time.Second))
		tickets := func(f oauth.FamilyFilter) func(paging.Page) ([]oauth.TicketRow, paging.Cursor, error) {
			return func(p paging.Page) ([]oauth.TicketRow, paging.Cursor, error) { return h.Tickets(ctx, "listed", f, p) }
		}
		forwards, backwards := walk(t, tickets(oauth.FamilyFilter{}), func(r oauth.TicketRow) string { return r.ID.String() }, paging.Page{Limit: 2})
		same(t, "tickets", forwards, []string{want[0] + " " + want[1], want[2] + " " + want[3]})
		same(t, "tickets backwards", backwards, []string{want[0] + " " + want[1]})
		rows, _, err := tickets(oauth.FamilyFilter{ClientID: "c", Subject: "id-ada", Search: "ADA"})(paging.Page{})
		must(t, err)
		if len(rows) != 4 || rows[0].ClientName != "App c" || rows[0].Username != "ada" || rows[0].State != "ready" || !rows[0].SpentAt.IsZero() || rows[2].SpentAt.IsZero() {
			t.Errorf("tickets: %+v", rows)
		}
		for _, f := range []oauth.FamilyFilter{{ClientID: "c1"}, {Subject: "id-bob"}, {Search: "bob"}} {
			if rows, _, err := tickets(f)(paging.Page{}); err != nil || len(rows) != 0 {
				t.Errorf("%+v: %+v %v", f, rows, err)
			}
		}
		for f, want := range map[oauth.FamilyFilter]int{{}: 4, {ClientID: "c"}: 4, {ClientID: "c1"}: 0} {
			if n, err := h.CountTickets(ctx, "listed", f); err != nil || n != (oauth.Count{N: want}) {
				t.Errorf("%+v: counted %+v %v", f, n, err)
			}
		}
	})

	t.Run("users and sessions are filtered", func(t *testing.T) {
		users, _, err := h.Users(ctx, account.UserFilter{Search: "AD"}, paging.Page{})
		must(t, err)
		if len(users) != 1 || users[0].Username != "ada" {
			t.Errorf("users: %+v", users)
		}
		for want, some := range map[int][]string{0: {}, 2: {"id-bob", "id-ada", "missing"}} {
			f := account.UserFilter{IDs: some}
			users, _, err := h.Users(ctx, f, paging.Page{})
			must(t, err)
			if n, err := h.CountUsers(ctx, f); err != nil || len(users) != want || n.N != want {
				t.Errorf("users with the IDs %v: %d, counted %v, %v", some, len(users), n, err)
			}
		}
		for i := range 3 {
			must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: fmt.Sprint(i), UserID: "id-ada", CreatedAt: h.now, SeenAt: h.now.Add(time.Duration(i) * time.Second), IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour), Address: "192.0.2.1", Methods: []string{"pwd", fmt.Sprintf("sid:%d", i), "mfa"}}}))
		}
		sessions := func(p paging.Page) ([]account.SessionRow, paging.Cursor, error) {
			rows, cursor, err := h.Sessions(ctx, account.SessionFilter{UserID: "id-ada", Search: "192.0"}, p)
			return rows, cursor, err
		}
		forwards, _ := walk(t, sessions, func(r account.SessionRow) string { return r.ID + r.Username }, paging.Page{Limit: 2})
		same(t, "sessions", forwards, []string{"2ada 1ada", "0ada"})
		if n, err := h.CountSessions(ctx, account.SessionFilter{UserID: "id-ada"}); err != nil || n != (paging.Count{N: 3}) {
			t.Errorf("counted %v sessions, %v", n, err)
		}
		for state, want := range map[*bool]int{nil: 3, new(bool): 3} {
			if n, err := h.CountUsers(ctx, account.UserFilter{Disabled: state}); err != nil || n != (paging.Count{N: want}) {
				t.Errorf("counted %v users, %v", n, err)
			}
		}
		h.setNow(h.now.Add(time.Second))
		id := oauth.NewID(h.now).String()
		must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: id, UserID: "id-bob", CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}}))
		for _, test := range []struct {
			from, until time.Time
			want        int
		}{{h.now, time.Time{}, 1}, {h.now, h.now.Add(time.Second), 1}, {h.now.Add(time.Second), time.Time{}, 0}} {
			if rows, _, err := h.Sessions(ctx, account.SessionFilter{UserID: "id-bob", From: test.from, Until: test.until}, paging.Page{}); err != nil || len(rows) != test.want {
				t.Errorf("from %v until %v: %d sessions, %v", test.from, test.until, len(rows), err)
			}
		}
		h.endedSessions(t)
		for method, want := range map[string]string{"sid:1": "[1]", "sid:": "[]", "sid:_": "[]", "mfa": "[2 1 0]", "pwd": "[2 1 0]"} {
			var found []string
			rows, _, err := h.Sessions(ctx, account.SessionFilter{Method: method}, paging.Page{})
			must(t, err)
			for _, r := range rows {
				found = append(found, r.ID)
			}
			if fmt.Sprint(found) != want {
				t.Errorf("the sessions with the method %s are %v, want %s", method, found, want)
			}
		}
	})
}
