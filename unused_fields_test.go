package latchkey_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/hosttest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Fields that apply only to accounts of Latchkey would have no effect with the people of a host. A
// second factor that is required, but never requested, would protect nobody.
func TestFieldsOfAccountsAreRejectedWithPeopleOfAHost(t *testing.T) {
	own, host := latchkeytest.New(t), latchkeytest.New(t, latchkeytest.OwnPeople("root"))
	ada := own.AddUser("ada", false)
	for field, set := range map[string]func(c *oauth.Client, subject string){
		"owner_id":              func(c *oauth.Client, subject string) { c.OwnerID = subject },
		"co_owner_ids":          func(c *oauth.Client, subject string) { c.CoOwnerIDs = []string{subject} },
		"service_user_id":       func(c *oauth.Client, subject string) { c.ServiceUserID = subject },
		"require_second_factor": func(c *oauth.Client, _ string) { c.RequireSecondFactor = true },
	} {
		for _, p := range []*latchkeytest.Provider{own, host} {
			subject := ada.ID
			if p == host {
				subject = "b-1"
			}
			c := &oauth.Client{Name: "Job", GrantTypes: []string{oauth.GrantClientCredentials}}
			set(c, subject)
			_, created := p.Server.CreateApplication(t.Context(), c)
			stored, _ := p.AddInvalidClient("https://app.example/cb", nil)
			set(stored, subject)
			valid := p.Server.ValidateApplication(t.Context(), stored)
			updated := p.Server.UpdateApplication(t.Context(), stored)
			for method, err := range map[string]error{"Validate": valid, "Create": created, "Update": updated} {
				faults, _ := errors.AsType[validate.FieldErrors](err)
				if rejected := len(faults) == 1 && faults[0].Field == field; rejected != (p == host) || !rejected && err != nil {
					t.Errorf("%s with %s, people of a host: %t: got %v", method, field, p == host, err)
				}
			}
		}
		// A value that the commands have stored does not prevent other changes.
		stored, _ := host.AddInvalidClient("https://app.example/cb", func(c *oauth.Client) { set(c, "b-1") })
		stored.Name = "Renamed"
		if err := host.Server.UpdateApplication(t.Context(), stored); err != nil {
			t.Errorf("a change of an application with %s: %v", field, err)
		}
	}
}

// The commands do not know the people of the host, so they can store the field.
func TestNewReportsASecondFactorWithoutEffect(t *testing.T) {
	store := memstore.New(nil)
	for _, c := range []oauth.Client{{ID: "plain"}, {ID: "strict", RequireSecondFactor: true}} {
		c.Name, c.Type = c.ID, oauth.Public
		if err := store.CreateClient(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
	}
	for people, want := range map[latchkey.People]int{nil: 0, hosttest.New(): 1} {
		var log bytes.Buffer
		o := latchkey.Options{Issuer: "https://id.example/o", Store: store, MasterKey: make([]byte, 32), People: people, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := latchkey.New(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.String(), "require_second_factor"); got != want || want > 0 && !strings.Contains(log.String(), "client_id=strict") {
			t.Errorf("with people of a host: %t: the log is %s", people != nil, log.String())
		}
	}
}
