package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// possessions are everything with which ada, an administrator, or a program of hers can act.
type possessions struct {
	administered
	ada                  *account.User
	access, api, session string
	browser              account.FactorID
	invitation           string
	initialID            oauth.ID
}

// possess adds one of everything that ada can have.
func possess(t *testing.T) *possessions {
	t.Helper()
	p := &possessions{administered: administer(t)}
	p.SetSkew(-time.Minute) // everything is a minute old when the command runs
	now := p.Now().Add(-time.Minute)
	p.ada = p.AddUser("ada", true)
	p.access = p.Token("ada", "read")
	p.api = oauth.NewToken(oauth.KindPersonal, now).String()
	if _, err := p.Accounts.AddPersonalToken(t.Context(), p.ada.ID, p.api, "script", []string{oauth.ScopeAdmin}, time.Hour); err != nil {
		t.Fatal(err)
	}
	p.browser = account.FactorID{7}
	u, err := p.Store.User(t.Context(), p.ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	remembered := account.Factor{ID: p.browser, UserID: u.ID, Kind: account.FactorBrowser, Body: strconv.FormatInt(u.LoginEpoch, 10), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := p.Store.ChangeFactors(t.Context(), account.FactorChange{User: u, Factors: u.Factors, Add: []account.Factor{remembered}, At: now}); err != nil {
		t.Fatal(err)
	}
	p.session = oauth.NewID(now).String()
	session := account.Session{ID: p.session, UserID: u.ID, CreatedAt: now, SeenAt: now, AuthTime: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
	if err := p.Store.StartSession(t.Context(), account.SessionStart{Session: session, Epoch: u.LoginEpoch}); err != nil {
		t.Fatal(err)
	}
	i, _, err := p.Accounts.Invite(t.Context(), account.NewInvitation{Admin: true, CreatedBy: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	p.invitation = i.ID
	_, stored, err := provider.NewInitialAccessToken("robot", 5, time.Hour, now)
	if err != nil {
		t.Fatal(err)
	}
	p.initialID = stored.ID
	if err := p.Store.AddInitialAccessToken(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	deleted, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.ID, c.CreatedAt = "deleted", now })
	if err := p.Store.DiscardClient(t.Context(), deleted.ID, 0, now); err != nil {
		t.Fatal(err)
	}
	return p
}

// rest returns what still works.
func (p *possessions) rest() string {
	var rest []string
	add := func(name string, works bool, err, gone error) {
		if err != nil && !errors.Is(err, gone) {
			p.t.Fatalf("%s: %v", name, err)
		}
		if err == nil && works {
			rest = append(rest, name)
		}
	}
	ctx := p.t.Context()
	if _, err := p.Server.Verifier().Verify(ctx, p.access); err == nil {
		rest = append(rest, "access")
	}
	_, _, err := p.Accounts.PersonalToken(ctx, p.api)
	add("api", true, err, account.ErrNotFound)
	f, u, err := p.Store.Factor(ctx, p.browser)
	add("browser", err == nil && f.Body == strconv.FormatInt(u.LoginEpoch, 10), err, account.ErrNotFound)
	_, _, err = p.Store.Session(ctx, p.session)
	add("session", true, err, account.ErrNotFound)
	i, err := p.Store.Invitation(ctx, p.invitation)
	add("invitation", i.State(p.Now()) == account.InvitationOpen, err, nil)
	_, err = p.Store.InitialAccessToken(ctx, p.initialID)
	add("initial", true, err, oauth.ErrNotFound)
	deleted, err := p.Store.DeletedClients(ctx, p.Now())
	if len(deleted) != 1 {
		p.t.Fatalf("%d deleted applications: %v", len(deleted), err)
	}
	add("deleted", deleted[0].Client.RevokedBefore.Before(deleted[0].DeletedAt), err, nil) // its tokens, after it is restored
	return strings.Join(rest, " ")
}

// TestActsThatRevokeEverythingOfAPersonOrServer: each of them leaves exactly what its text says.
func TestActsThatRevokeEverythingOfAPersonOrServer(t *testing.T) {
	const everything = "access api browser session invitation initial deleted"
	for act, want := range map[string]string{
		"":                                                     everything,
		"token revoke --user ada --db DB":                      "initial deleted",
		"token revoke --user ada --server URL":                 "initial deleted",
		"Server.RevokeSubject":                                 "initial deleted",
		"user disable ada --db DB":                             "initial deleted",
		"user disable ada --server URL":                        "initial deleted",
		"user delete ada --yes --db DB":                        "initial deleted",
		"user passwd ada --generate --db DB":                   "initial deleted",
		"session end --user ada --db DB":                       "access invitation initial deleted", // the application has access of its own
		"session end --user ada --server URL":                  "access invitation initial deleted",
		"token revoke --all --yes --db DB":                     "",
		"token revoke --all --yes --server URL":                "browser", // only the command on the database deletes remembered browsers
		"token revoke --all --yes --before 2020-01-01 --db DB": everything,
	} {
		p := possess(t)
		switch act {
		case "":
		case "Server.RevokeSubject":
			if err := p.Server.RevokeSubject(t.Context(), p.ada.ID); err != nil {
				t.Fatal(err)
			}
		default:
			if status, _, stderr := p.run(strings.Fields(strings.NewReplacer("URL", p.URL, "DB", p.db).Replace(act))...); status != exitOK {
				t.Fatalf("%s: %s", act, stderr)
			}
		}
		if got := p.rest(); got != want {
			t.Errorf("latchkey %s: %q still works, want %q", act, got, want)
		}
	}
}

// moving are applications that are deleted or restored while they are listed: before the given call.
type moving struct {
	applications
	calls             int
	deleted, restored map[string]int
}

// among returns the applications that are deleted, or not, at a call.
func (m *moving) among(deleted bool) (ids []string) {
	m.calls++
	for id, call := range m.deleted {
		if (m.calls >= call) == deleted {
			ids = append(ids, id)
		}
	}
	for id, call := range m.restored {
		if (m.calls < call) == deleted {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *moving) EachApplication(_ context.Context, _ string, do func(*oauth.Client, time.Time)) error {
	for _, id := range m.among(false) {
		do(&oauth.Client{ID: id}, time.Time{})
	}
	return nil
}

func (m *moving) DeletedApplications(context.Context) (all []deletedApplication, err error) {
	for _, id := range m.among(true) {
		all = append(all, deletedApplication{ClientID: id})
	}
	return all, nil
}

// TestApplicationThatIsDeletedOrRestoredAtTheSameTimeIsRevoked, once.
func TestApplicationThatIsDeletedOrRestoredAtTheSameTimeIsRevoked(t *testing.T) {
	t.Parallel()
	m := &moving{deleted: map[string]int{"a": 1, "b": 2, "c": 3, "d": 4}, restored: map[string]int{"e": 1, "f": 2, "g": 3, "h": 4}}
	ids, incomplete, err := revocable(t.Context(), m)
	if err != nil || incomplete != nil || strings.Join(ids, "") != "abcdefgh" {
		t.Errorf("%q are revoked: %v, %v", ids, incomplete, err)
	}
}
