package rowtest

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// changes are the calls that change something.
func changes(now time.Time) []Call {
	user := func(run func(s *sqlstore.Store, u *account.User) error) func(*sqlstore.Store) error {
		return func(s *sqlstore.Store) error {
			u, err := s.User(ctx, "bob")
			if err != nil {
				return err
			}
			return run(s, u)
		}
	}
	session := account.Session{ID: "new", UserID: "bob", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
	key := oauth.SigningKey{ID: "key", Alg: "ES256", Public: []byte("p"), Private: []byte("s"), CreatedAt: now, ActiveAt: now}
	mail := account.Mail{ID: "mail", Kind: account.MailReset, To: "a@example.org", CreatedAt: now, NextAt: now, ExpiresAt: now.Add(time.Hour)}
	notice := func(id string) *account.Notice {
		n := &account.Notice{Mail: mail, Bounds: account.MailBounds{Rank: 9, Recipient: 9, Source: 9}}
		n.Mail.ID = id
		return n
	}
	initial := oauth.InitialAccessToken{ID: oauth.NewID(now), Name: "token", Uses: 1, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	return []Call{
		{"CreateClient", "", byKey, func(s *sqlstore.Store) error { return s.CreateClient(ctx, &oauth.Client{ID: "added", CreatedAt: now}) }},
		{"ConfirmClient", "", byKey, func(s *sqlstore.Store) error {
			return s.ConfirmClient(ctx, &oauth.Client{ID: oauth.RegistrationPrefix + strings.Repeat("A", 30), CreatedAt: now})
		}},
		{"AddInitialAccessToken", "", byKey, func(s *sqlstore.Store) error { return s.AddInitialAccessToken(ctx, initial) }},
		{"InitialAccessToken", "", byKey, func(s *sqlstore.Store) error { _, err := s.InitialAccessToken(ctx, initial.ID); return err }},
		{"UseInitialAccessToken", "", byKey, func(s *sqlstore.Store) error { return s.UseInitialAccessToken(ctx, initial.ID, now) }},
		{"DeletedClients", "", valid, func(s *sqlstore.Store) error { _, err := s.DeletedClients(ctx, now); return err }},
		{"InitialAccessTokens", "", valid, func(s *sqlstore.Store) error { _, err := s.InitialAccessTokens(ctx); return err }},
		{"RevokeInitialAccessToken", "", byKey, func(s *sqlstore.Store) error { return s.RevokeInitialAccessToken(ctx, initial.ID) }},
		{"LoginProviders", "", 2 * account.MaxStoredProviders, func(s *sqlstore.Store) error { _, err := s.LoginProviders(ctx); return err }},
		{"AddLoginProvider", "", 2 * account.MaxStoredProviders, func(s *sqlstore.Store) error {
			return s.AddLoginProvider(ctx, account.StoredProvider{Name: "acme", Settings: []byte("{}")})
		}},
		{"UpdateLoginProvider", "", byKey, func(s *sqlstore.Store) error {
			return s.UpdateLoginProvider(ctx, account.StoredProvider{Name: "acme", Settings: []byte("{}"), Version: 1})
		}},
		{"RemoveLoginProvider", "", byKey, func(s *sqlstore.Store) error { return s.RemoveLoginProvider(ctx, "acme", 0) }},
		{"Definitions", "", 4 * oauth.MaxDefinitions, func(s *sqlstore.Store) error { _, err := s.Definitions(ctx); return err }},
		{"Revision", "", byKey, func(s *sqlstore.Store) error { _, err := s.Revision(ctx); return err }},
		{"AddDefinition", "", 4 * oauth.MaxDefinitions, func(s *sqlstore.Store) error {
			return s.AddDefinition(ctx, oauth.Definition{Kind: oauth.DefinesScope, Name: "added", Settings: []byte("{}")})
		}},
		{"UpdateDefinition", "", byKey, func(s *sqlstore.Store) error {
			revision, err := s.Revision(ctx)
			if err != nil {
				return err
			}
			return s.UpdateDefinition(ctx, oauth.Definition{Kind: oauth.DefinesScope, Name: "added", Settings: []byte("{}"), Version: 1}, revision)
		}},
		{"RemoveDefinition", "", byKey, func(s *sqlstore.Store) error {
			return s.RemoveDefinition(ctx, oauth.DefinesScope, "added", 0, 0)
		}},
		{"UpdateClient", "", byKey, func(s *sqlstore.Store) error {
			c, err := s.Client(ctx, "small")
			if err != nil {
				return err
			}
			return s.UpdateClient(ctx, c)
		}},
		{"RevokeClient", "", byKey, func(s *sqlstore.Store) error { return s.RevokeClient(ctx, "big", now.Add(-time.Hour)) }},
		{"WithdrawConsent", "without a consent", byKey, func(s *sqlstore.Store) error { return s.WithdrawConsent(ctx, "bob", "small", now) }},
		// All tickets of the last hours are read, because an index would make each
		// code more expensive.
		{"WithdrawConsent", "", 3 * all, func(s *sqlstore.Store) error { return s.WithdrawConsent(ctx, "u1", "big", now) }},
		{"DeleteClient", "without tokens", 4 * all, func(s *sqlstore.Store) error { return s.DeleteClient(ctx, "gone") }},
		{"SwitchClient", "", byKey, func(s *sqlstore.Store) error {
			return s.SwitchClient(ctx, oauth.ClientSwitch{ClientID: "small", At: now})
		}},
		{"RevokeSubject", "", byKey, func(s *sqlstore.Store) error { return s.RevokeSubject(ctx, "bob", now.Add(-time.Hour)) }},
		{"EraseSubject", "", byKey, func(s *sqlstore.Store) error { return s.EraseSubject(ctx, "bob") }},
		{"SetSubject", "", byKey, func(s *sqlstore.Store) error { return s.SetSubject(ctx, "bob", false, now) }},
		{"SessionClients", "", byKey, func(s *sqlstore.Store) error { _, err := s.SessionClients(ctx, []string{"s1", "s2"}); return err }},
		{"EndSessions", "one", byKey, func(s *sqlstore.Store) error {
			return s.EndSessions(ctx, oauth.SessionsEnd{IDs: []string{"s1"}, At: now})
		}},
		{"EndSessions", "of a person", byKey, func(s *sqlstore.Store) error { return s.EndSessions(ctx, oauth.SessionsEnd{Subject: "bob", At: now}) }},
		{"Removals", "", byKey, func(s *sqlstore.Store) error { _, err := s.Removals(ctx); return err }},
		{"LogoutNotices", "", byKey, func(s *sqlstore.Store) error { _, err := s.LogoutNotices(ctx); return err }},
		{"TakeLogoutNotices", "", byKey, func(s *sqlstore.Store) error { _, err := s.TakeLogoutNotices(ctx, now, time.Minute, 10); return err }},
		{"DropLogoutNotice", "", byKey, func(s *sqlstore.Store) error {
			return s.DropLogoutNotice(ctx, oauth.SessionClient{SessionID: "s1", ClientID: "big", Subject: "ada"})
		}},
		{"AddSigningKey", "", byKey, func(s *sqlstore.Store) error { _, err := s.AddSigningKey(ctx, key, "", time.Time{}); return err }},
		{"SigningKeys", "", byKey, func(s *sqlstore.Store) error { _, err := s.SigningKeys(ctx); return err }},
		{"RetireSigningKey", "", byKey, func(s *sqlstore.Store) error { return s.RetireSigningKey(ctx, "key", now, now.Add(time.Hour)) }},
		{"EraseSigningKeys", "", byKey, func(s *sqlstore.Store) error { return s.EraseSigningKeys(ctx, now) }},
		{"CreateUser", "", byKey, func(s *sqlstore.Store) error {
			return s.CreateUser(ctx, &account.User{ID: "eve", Username: "eve", CreatedAt: now}, "eve", account.IfDistinct)
		}},
		{"AddInvitation", "", byKey, func(s *sqlstore.Store) error {
			return s.AddInvitation(ctx, account.Invitation{ID: "invitation", Email: "a@example.org", CreatedAt: now}, notice("n4"))
		}},
		{"Invitation", "", byKey, func(s *sqlstore.Store) error { _, err := s.Invitation(ctx, "invitation"); return err }},
		{"CreateInvited", "", byKey, func(s *sqlstore.Store) error {
			return s.CreateInvited(ctx, account.InvitedUser{User: &account.User{ID: "invitation", Username: "zoe"}, Canonical: "zoe", At: now})
		}},
		{"WithdrawInvitation", "", byKey, func(s *sqlstore.Store) error { return s.WithdrawInvitation(ctx, "i1", now) }},
		{"UpdateUser", "", byKey, user(func(s *sqlstore.Store, u *account.User) error { return s.UpdateUser(ctx, u, "bob", nil) })},
		{"UpdateUser", "an administrator", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			u.Admin = false
			return s.UpdateUser(ctx, u, "bob", notice("n1"))
		})},
		{"CreateGroup", "", byKey, func(s *sqlstore.Store) error {
			return s.CreateGroup(ctx, &account.Group{ID: "admins", Name: "admins", Roles: account.AllRoles(), CreatedAt: now}, "admins", []string{"u8"})
		}},
		{"ReviseGroup", "", byKey, func(s *sqlstore.Store) error {
			_, err := s.ReviseGroup(ctx, account.GroupRevision{Group: &account.Group{ID: "admins", Name: "admins", ExternalID: "x"}, Renames: true, Identifies: true, Canonical: "admins", Join: []string{"u7"}, Leave: []string{"u8"}, At: now})
			return err
		}},
		{"UpdateGroup", "", byKey, func(s *sqlstore.Store) error {
			return s.UpdateGroup(ctx, &account.Group{ID: "admins", Name: "crew", Revision: 4, UpdatedAt: now}, "crew")
		}},
		{"DeleteGroup", "", byKey, func(s *sqlstore.Store) error { return s.DeleteGroup(ctx, "admins", 0, now) }},
		{"SwitchUser", "", byKey, func(s *sqlstore.Store) error {
			return s.SwitchUser(ctx, account.Switch{UserID: "bob", Disabled: true, At: now})
		}},
		{"SwitchUser", "enable", byKey, func(s *sqlstore.Store) error { return s.SwitchUser(ctx, account.Switch{UserID: "bob", At: now}) }},
		{"ReviseUser", "", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			return s.ReviseUser(ctx, account.UserRevision{User: u, Profile: true, Canonical: "bob", Switch: true, Disabled: true, Hash: "x", Add: []account.Factor{{ID: account.FactorID{77}, Kind: account.FactorExternal, Body: "7"}}, At: now})
		})},
		{"ReviseUser", "enable", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			return s.ReviseUser(ctx, account.UserRevision{User: u, Switch: true, Remove: []account.FactorID{{77}}, At: now})
		})},
		{"ScheduleDeletion", "", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			err := s.ScheduleDeletion(ctx, account.Deletion{User: u, At: now, DeleteAt: now.Add(time.Hour), Notice: notice("n3")})
			if err != nil {
				return err
			}
			return s.CancelDeletion(ctx, u.ID, u.DeleteAt, now)
		})},
		{"CancelDeletion", "", byKey, func(s *sqlstore.Store) error {
			err := s.CancelDeletion(ctx, "bob", now, now)
			if errors.Is(err, account.ErrConflict) {
				err = nil
			}
			return err
		}},
		{"DeleteUser", "", byKey, func(s *sqlstore.Store) error {
			err := s.DeleteUser(ctx, "nobody", 0, now)
			if errors.Is(err, account.ErrNotFound) {
				err = nil
			}
			return err
		}},
		{"SetPassword", "", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			return s.SetPassword(ctx, account.PasswordChange{User: u, Hash: "h", At: now, Notice: notice("n2")})
		})},
		{"RenewPasswordHash", "", byKey, func(s *sqlstore.Store) error { return s.RenewPasswordHash(ctx, "bob", "h", "i") }},
		{"User", "", byKey, func(s *sqlstore.Store) error { _, err := s.User(ctx, "bob"); return err }},
		{"UserByName", "", byKey, func(s *sqlstore.Store) error { _, err := s.UserByName(ctx, "bob"); return err }},
		{"UsersByEmail", "", byKey, func(s *sqlstore.Store) error { _, err := s.UsersByEmail(ctx, "bob@example.com"); return err }},
		{"StartSession", "", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			return s.StartSession(ctx, account.SessionStart{Session: session, Epoch: u.LoginEpoch, Login: &account.LoginRecord{Username: "bob"}})
		})},
		{"Factors", "", byKey, func(s *sqlstore.Store) error { _, err := s.Factors(ctx, "bob"); return err }},
		{"ChangeFactors", "", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			return s.ChangeFactors(ctx, account.FactorChange{User: u, Factors: []account.FactorKind{account.FactorTOTP}, Add: []account.Factor{{ID: account.FactorID{1}, Kind: account.FactorTOTP, CreatedAt: now}}, At: now})
		})},
		{"Factor", "", byKey, func(s *sqlstore.Store) error { _, _, err := s.Factor(ctx, account.FactorID{1}); return err }},
		{"NoteTokenUse", "", byKey, func(s *sqlstore.Store) error { return s.NoteTokenUse(ctx, account.FactorID{1}, now) }},
		// It reads the factors that Crowd has inserted, and the one that ChangeFactors has added.
		{"RemoveFactors", "", all + 1, func(s *sqlstore.Store) error {
			return s.RemoveFactors(ctx, account.FactorToken, now.Add(-time.Hour))
		}},
		{"StartSession", "with a factor", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			with := session
			with.ID = "with"
			return s.StartSession(ctx, account.SessionStart{Session: with, Epoch: u.LoginEpoch, Use: &account.FactorUse{ID: account.FactorID{1}, Step: 1, At: now}, Login: &account.LoginRecord{Username: "bob"}})
		})},
		{"Session", "", byKey, func(s *sqlstore.Store) error { _, _, err := s.Session(ctx, "new"); return err }},
		{"TouchSession", "", byKey, func(s *sqlstore.Store) error { return s.TouchSession(ctx, "new", now, now.Add(time.Hour)) }},
		{"CountAttempt", "", byKey, func(s *sqlstore.Store) error { _, _, err := s.CountAttempt(ctx, "a1", time.Minute, now); return err }},
		{"BeginAttempt", "", byKey, func(s *sqlstore.Store) error {
			_, _, err := s.BeginAttempt(ctx, []account.AttemptLimit{{Key: "a1", Max: 9}}, time.Minute, now)
			return err
		}},
		{"EndAttempt", "", byKey, func(s *sqlstore.Store) error {
			return s.EndAttempt(ctx, []account.AttemptCount{{Key: "a1", Until: now.Add(time.Minute)}}, true, "")
		}},
		{"DeleteExpiredUsers", "", byKey, func(s *sqlstore.Store) error { _, err := s.DeleteExpiredUsers(ctx, now); return err }},
		{"DeleteUnusedClients", "", byKey, func(s *sqlstore.Store) error { _, err := s.DeleteUnusedClients(ctx, now); return err }},
		{"DiscardClient", "", byKey, func(s *sqlstore.Store) error { return s.DiscardClient(ctx, "k7", 0, now) }},
		{"RevokeClient", "of a discarded client", byKey, func(s *sqlstore.Store) error { return s.RevokeClient(ctx, "k7", now) }},
		{"RestoreClient", "", byKey, func(s *sqlstore.Store) error { return s.RestoreClient(ctx, "k7", now) }},
		{"DeleteDiscardedClients", "", byKey, func(s *sqlstore.Store) error { _, err := s.DeleteDiscardedClients(ctx, now); return err }},
		{"UserIDTaken", "", byKey, func(s *sqlstore.Store) error { _, err := s.UserIDTaken(ctx, "bob"); return err }},
		{"UserMetadata", "", byKey, func(s *sqlstore.Store) error { _, err := s.UserMetadata(ctx, "bob"); return err }},
		{"SetUserMetadata", "", byKey, func(s *sqlstore.Store) error { return s.SetUserMetadata(ctx, "bob", []byte(`{"plan":"gold"}`)) }},
		{"SetPicture", "", byKey, user(func(s *sqlstore.Store, u *account.User) error {
			u.Claims = []byte(`{"picture":"https://id.example/picture/"}`)
			return s.SetPicture(ctx, u, "bob", &account.Picture{ID: "picture", Image: []byte("image"), CreatedAt: now})
		})},
		{"Picture", "", byKey, func(s *sqlstore.Store) error { _, err := s.Picture(ctx, "picture"); return err }},
		{"PictureOf", "", byKey, func(s *sqlstore.Store) error { _, err := s.PictureOf(ctx, "bob"); return err }},
		{"SetPicture", "removed", byKey, user(func(s *sqlstore.Store, u *account.User) error { return s.SetPicture(ctx, u, "bob", nil) })},
		{"KeepUser", "", byKey, func(s *sqlstore.Store) error { return s.KeepUser(ctx, "bob") }},
		{"AddMail", "", byKey, func(s *sqlstore.Store) error {
			return s.AddMail(ctx, mail, account.MailBounds{Rank: 9, Recipient: 9, Source: 9})
		}},
		{"TakeMails", "", byKey, func(s *sqlstore.Store) error { _, err := s.TakeMails(ctx, now, time.Minute, 9, 9); return err }},
		{"WaitingMails", "", byKey, func(s *sqlstore.Store) error { _, err := s.WaitingMails(ctx); return err }},
		{"MailsOf", "", byKey, func(s *sqlstore.Store) error { _, err := s.MailsOf(ctx, "ada", "ada@example.com", 9); return err }},
		{"AddWebhookMessage", "", byKey, func(s *sqlstore.Store) error {
			_, err := s.AddWebhookMessage(ctx, oauth.WebhookMessage{ID: "message", Webhook: "audit", CreatedAt: now, NextAt: now, ExpiresAt: now.Add(time.Hour)})
			return err
		}},
		{"TakeWebhookMessages", "", byKey, func(s *sqlstore.Store) error { _, err := s.TakeWebhookMessages(ctx, now, time.Minute, 9); return err }},
		{"PostponeWebhookMessage", "", byKey, func(s *sqlstore.Store) error { return s.PostponeWebhookMessage(ctx, "message", now) }},
		{"RemoveWebhookMessage", "", byKey, func(s *sqlstore.Store) error { return s.RemoveWebhookMessage(ctx, "message") }},
		{"SaveWebhookFailure", "", byKey, func(s *sqlstore.Store) error {
			return s.SaveWebhookFailure(ctx, oauth.WebhookFailure{Webhook: "audit", Reason: "status 500", At: now})
		}},
		{"WebhookFailures", "", byKey, func(s *sqlstore.Store) error { _, err := s.WebhookFailures(ctx); return err }},
		{"RemoveMail", "", byKey, func(s *sqlstore.Store) error { return s.RemoveMail(ctx, "mail") }},
		{"AddRejections", "", byKey, func(s *sqlstore.Store) error {
			return s.AddRejections(ctx, []oauth.Rejection{{ID: "new", At: now, ClientID: "k7", Reason: "reason7", Source: "s"}}, oauth.RejectionBounds{Reason: 20, Source: 5})
		}},
		{"AddFlows", "", byKey, func(s *sqlstore.Store) error {
			return s.AddFlows(ctx, []oauth.Flow{{ID: oauth.NewID(now), ClientID: "k7", BeganAt: now}, {ID: oauth.NewID(now), ClientID: "k8", BeganAt: now}, {ID: oauth.NewID(now), ClientID: "k8", FailedAt: now}}, 8)
		}},
		{"Flow", "", byKey, func(s *sqlstore.Store) error {
			_, err := s.Flow(ctx, oauth.NewID(now))
			if errors.Is(err, oauth.ErrNotFound) {
				return nil
			}
			return err
		}},
		{"Rejection", "", byKey, func(s *sqlstore.Store) error { _, err := s.Rejection(ctx, "r7"); return err }},
		{"AddTallies", "", byKey, func(s *sqlstore.Store) error {
			at := oauth.PerDay.Begin(now)
			return s.AddTallies(ctx, []oauth.Tally{{Period: oauth.PerDay, At: at, Series: "a", N: 1}, {Period: oauth.PerDay, At: at, Series: "b", N: 1, Replaces: true}})
		}},
		{"Tallies", "", checked, func(s *sqlstore.Store) error {
			_, err := s.Tallies(ctx, oauth.PerDay, oauth.PerDay.Begin(now).Add(-48*time.Hour))
			return err
		}},
		{"TableSizes", "", valid, func(s *sqlstore.Store) error { _, err := s.TableSizes(ctx); return err }},
		{"Client", "", byKey, func(s *sqlstore.Store) error { _, err := s.Client(ctx, "big"); return err }},
		{"Consent", "", byKey, func(s *sqlstore.Store) error { _, err := s.Consent(ctx, "u2", "big"); return err }},
		{"Issuer", "", byKey, func(s *sqlstore.Store) error { _, err := s.Issuer(ctx); return err }},
		{"UseIssuer", "", 2 * byKey, func(s *sqlstore.Store) error {
			return s.UseIssuer(ctx, oauth.IssuerUse{Server: "a", Issuer: "https://id.example", Lasts: time.Minute})
		}},
		{"UseIssuer", "of a host program", 2 * byKey, func(s *sqlstore.Store) error {
			return s.UseIssuer(ctx, oauth.IssuerUse{Server: "a", Issuer: "https://id.example", Lasts: time.Minute, HostPeople: true})
		}},
		{"HostPeople", "", byKey, func(s *sqlstore.Store) error { _, err := s.HostPeople(ctx); return err }},
		{"ForgetHostPeople", "", byKey, func(s *sqlstore.Store) error { return s.ForgetHostPeople(ctx) }},
		{"EndIssuerUse", "", byKey, func(s *sqlstore.Store) error { return s.EndIssuerUse(ctx, "a") }},
		{"Nodes", "", byKey, func(s *sqlstore.Store) error { _, err := s.Nodes(ctx); return err }},
		{"IdleServers", "", byKey, func(s *sqlstore.Store) error { _, err := s.IdleServers(ctx); return err }},
		{"MissingRights", "", byKey, func(s *sqlstore.Store) error { _, err := s.MissingRights(ctx); return err }},
		{"Writable", "", byKey, func(s *sqlstore.Store) error { return s.Writable(ctx) }},
		{"Sweep", "with nothing to delete", 2 * byKey, func(s *sqlstore.Store) error { _, err := s.Sweep(ctx, now); return err }},
		{"NoteSecretUses", "", byKey, func(s *sqlstore.Store) error {
			return s.NoteSecretUses(ctx, []oauth.SecretUse{{ClientID: "big", SecretID: "1", At: now}})
		}},
		{"Cancel", "", byKey, func(s *sqlstore.Store) error {
			_, err := s.Cancel(ctx, oauth.Cancellation{Kind: "code", ID: oauth.NewID(now), Now: now})
			if errors.Is(err, oauth.ErrNotFound) {
				err = nil
			}
			return err
		}},
		{"ClientUses", "", byKey, func(s *sqlstore.Store) error {
			_, err := s.ClientUses(ctx, []string{"big", "small", "none"})
			return err
		}},
		{"SecretUses", "", byKey, func(s *sqlstore.Store) error { _, err := s.SecretUses(ctx, "big"); return err }},
		{"Ping", "", byKey, func(s *sqlstore.Store) error { return s.Ping(ctx) }},
	}
}

const (
	// protocol are the operations of the protocol, which have separate tests.
	protocol = ` AccessToken Approve Change Family Issue JWTStanding Put Revoke Rotate SetReplayWindow Spend Ticket`
	// withoutRows are methods that read no tables.
	withoutRows = ` ClaimIssuer Close ConsentCursor InOneFile NewerTables RoundTrips Rows Stats Version`
)

// MissingCalls fails the test if a method of the type has neither a call nor is
// in one of the lists above.
func MissingCalls(t *testing.T, calls []Call) {
	t.Helper()
	called := make(map[string]bool)
	for _, name := range strings.Fields(protocol + withoutRows) {
		called[name] = true
	}
	store := reflect.TypeFor[*sqlstore.Store]()
	for _, call := range calls {
		called[call.Method] = true
	}
	for i := range store.NumMethod() {
		if name := store.Method(i).Name; !called[name] {
			t.Errorf("the method %s reads rows without a bound in a test. Add a call of it to Calls", name)
		}
	}
}
