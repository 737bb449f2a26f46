// Package rowtest contains calls of the methods of a sqlstore.Store that are not
// operations of the protocol, each with the number of rows that it may read: the
// back office, the pages of people, the command line and the background jobs. The
// tests of both engines run them on tables with many rows.
package rowtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// CrowdSize is how many rows Crowd inserts into each table.
const CrowdSize = 20_000

// Crowd inserts rows into the tables of package sqlstore, from a table "many" with
// CrowdSize rows: n counts from 1, i is an id, e is the empty blob, now is the time
// in milliseconds, f is the id of a factor, and person is "ada" in one half. All tokens, consents and
// sessions belong to these people and the client "big". A sweep two minutes later writes the
// index of the access tokens.
const Crowd = `
INSERT INTO latchkey_client (id, name, type, owner_id, disabled, revoked_before, created_at, updated_at, version, settings) SELECT 'k' || n, 'App ' || n, 'public', 'u' || n, 0, 0, now - 9, now, 1, '{}' FROM many;
INSERT INTO latchkey_deleted_client (id, client, deleted_at, expires_at) SELECT 'd' || n, '{}', now - n, now + 604800000 - n FROM many;
INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at) SELECT i, e, 'big', person, i, 'read', now, now + 3600000 FROM many;
INSERT INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT i, 'code', e, 'big', person, 's' || n, 'read', now, '', '', '', now, now + 3600000, 0 FROM many;
INSERT INTO latchkey_family (id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until, issued_at, idle_expires_at, expires_at, revoked_at)
	SELECT i, 'big', person, 'x' || n, 'read', now, '', e, e, 0, 0, 'read', 0, now, now + 3600000, now + 3600000, 0 FROM many;
INSERT INTO latchkey_account (id, username, canonical, email, name, claims, password, admin, disabled, created_at, updated_at, last_login_at, version, login_epoch, skeleton, expires_at) SELECT 'u' || n, 'user' || n, 'user' || n, n || '@example.org', 'User ' || n, '', '', 0, 0, now, now, now, 1, 0, 'user' || n, 0 FROM many;
INSERT INTO latchkey_subject (id, blocked, revoked_before) SELECT 'u' || n, 0, 1 FROM many;
INSERT INTO latchkey_consent (subject, client_id, scope, granted_at, updated_at) SELECT 'u' || n, 'big', 'read', now, now FROM many;
INSERT INTO latchkey_session (id, hash, user_id, auth_time, created_at, seen_at, idle_expires_at, expires_at, address, user_agent, sweep_at) SELECT 's' || n, e, person, now, now, now, now + 3600000, now + 3600000, '192.0.2.1', '', now + 3600000 FROM many;
INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts) SELECT 's' || n, 'big', person, now + 3600000, 0, 0, 0 FROM many;
INSERT INTO latchkey_factor (id, user_id, kind, name, body, step, counter, created_at, used_at, expires_at) SELECT f, 'u' || n, CASE n % 400 WHEN 0 THEN 'token' ELSE 'passkey' END, '', CASE n % 400 WHEN 0 THEN '{"scopes":["read"],"epoch":0}' ELSE '' END, 0, 0, now, CASE n % 400 WHEN 0 THEN now - n ELSE 0 END, now + 3600000 FROM many;
INSERT INTO latchkey_attempt (key, count, open, until) SELECT 'a' || n, 1, 0, now + 3600000 FROM many;
INSERT INTO latchkey_revoked_jwt (id, expires_at) SELECT i, now + 3600000 FROM many;
INSERT INTO latchkey_initial_access_token (id, hash, name, uses, used, created_at, expires_at) SELECT i, e, 'token', 1, 0, now, now + 3600000 FROM many;
INSERT INTO latchkey_audit (seq, id, at, event, category, failed, actor, person, client_id, error_id, body, origin, origin_salt, origin_digest, details, details_salt, details_digest, hash, seal, target)
	SELECT n, i, now, 'login', CASE n % 1000 WHEN 0 THEN 'server' ELSE 'login' END, CASE n % 50 WHEN 0 THEN 1 ELSE 0 END, person, person, 'big', CASE n % 2 WHEN 0 THEN 'e' || n ELSE '' END, '{}', '{}', e, e, '{}', e, e, e, e, CASE n % 100 WHEN 0 THEN 'group1' ELSE '' END FROM many;
INSERT INTO latchkey_audit_queue (id, at, event, category, failed, actor, person, client_id, error_id, body, origin, origin_salt, origin_digest, details, details_salt, details_digest)
	SELECT i, now, 'login', 'login', 0, person, person, 'big', '', '{}', '{}', e, e, '{}', e, e FROM many;
INSERT INTO latchkey_invitation (id, email, note, admin, created_by, created_at, expires_at, used_at, withdrawn_at, delete_at) SELECT 'i' || n, n || '@example.org', '', 0, '', now, 0, 0, 0, now + 3600000 FROM many;
INSERT INTO latchkey_group (id, name, canonical, description, admin, roles, created_at, updated_at, version) SELECT 'g' || n, 'group' || n, 'group' || n, '', 0, '', now, now, 1 FROM many;
INSERT INTO latchkey_member (group_id, user_id, added_at) SELECT 'g1', 'u' || n, now FROM many;
INSERT INTO latchkey_tally (period, at, series, n, expires_at) SELECT 'day', 86400000 * (now / 86400000 - n / 50), 'series' || (n % 50), 1, now + 3600000 FROM many;
INSERT INTO latchkey_login_provider (name, settings, secret, version, created_at, updated_at) SELECT 'p' || n, '{}', '', 1, now, now FROM many WHERE n < 90;
INSERT INTO latchkey_flow (id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known) SELECT i, 'k' || (n / 20), now, 0, 0, 0, 0, 0, 0, 0, '', n % 2 FROM many;
INSERT INTO latchkey_rejection (id, at, client_id, named, reason, source, code, description, detail)
	SELECT 'r' || n, now - n, CASE WHEN n % 20 = 0 THEN '' ELSE 'k' || (n / 20) END, '', 'reason' || (n % 20 + n / 2000), 's', '', '', '' FROM many;
`

// Call is a call of a method of a Store.
type Call struct {
	Method, Name string
	// Rows is how many rows the call may read, including those that it joins.
	Rows int
	Run  func(s *sqlstore.Store) error
}

// Costs of calls, in rows.
const (
	byKey   = 100         // a few rows, which are found by their keys
	rows    = 120         // a page of a list
	trimmed = 120         // ten records of the audit log, each of which is also removed from up to seven indexes
	checked = 500         // a page of a list, of which each row is checked with one other row, or read with its groups
	valid   = 2_500       // a page of a list, of which each row is checked as the protocol checks it
	group   = 3 * 10_000  // a page of the rows of one application or person, of which there are up to 10,000
	walk    = 20 * 10_000 // a page or a count for which as many rows are checked as one page may
	counted = 11_000      // a count of rows that needs no other table
	indexed = 15_000      // the access tokens of an application or person without any: those that are newer than the index are read several times
	all     = CrowdSize   // all accounts or clients, in which a part of a name is searched
)

// Stock adds the clients and the people that Calls uses.
func Stock(t *testing.T, s *sqlstore.Store, now time.Time) {
	t.Helper()
	for _, id := range []string{"big", "small", "gone"} {
		must(t, s.CreateClient(ctx, &oauth.Client{ID: id, Name: "Client " + id, Type: oauth.Public, CreatedAt: now.Add(-time.Hour)}))
	}
	for _, name := range []string{"ada", "bob", "root"} {
		must(t, s.CreateUser(ctx, &account.User{ID: name, Username: name, Email: name + "@example.com", Admin: name != "ada", CreatedAt: now.Add(-time.Hour)}, name, account.Unconditionally))
	}
	must(t, s.StartSession(ctx, account.SessionStart{Session: account.Session{ID: "bobs", UserID: "bob", CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}}))
}

// Calls returns calls of all methods that are not operations of the protocol, in an
// order in which they can run on a Store after Stock and Crowd. MissingCalls fails
// a test for a method without a call.
func Calls(now time.Time) []Call {
	limit, last := paging.Page{Limit: 25}, paging.Page{Limit: 25, Last: true}
	sorted := func(by string) paging.Page { return paging.Page{Limit: 25, Sort: by} }
	disabled := true
	var calls []Call
	add := func(method, name string, rows int, run func(*sqlstore.Store) error) {
		calls = append(calls, Call{method, name, rows, run})
	}
	for name, c := range map[string]struct {
		rows   int
		filter audit.Filter
	}{
		"all": {rows, audit.Filter{}}, "of a person": {rows, audit.Filter{Person: "ada"}}, "of an application": {rows, audit.Filter{ClientID: "big"}},
		"of an actor": {rows, audit.Filter{Actor: "ada"}}, "of a rare category": {rows, audit.Filter{Category: "server"}}, "failed": {rows, audit.Filter{Failed: true}},
		"with an error": {rows, audit.Filter{ErrorID: "e2"}}, "of nobody": {rows, audit.Filter{Person: "xyz"}}, "of a target": {rows, audit.Filter{Target: "group1"}}, "of a time": {rows, audit.Filter{Until: now.Add(-time.Hour)}},
		"from an unknown address": {walk, audit.Filter{Address: "192.0.2.99"}},
	} {
		add("AuditRows", name, c.rows, func(s *sqlstore.Store) error { _, _, err := s.AuditRows(ctx, c.filter, limit); return err })
		add("CountAudit", name, walk, func(s *sqlstore.Store) error { _, err := s.CountAudit(ctx, c.filter); return err })
	}
	add("AuditQueue", "", rows, func(s *sqlstore.Store) error { _, err := s.AuditQueue(ctx, 25); return err })
	add("AuditChain", "", rows, func(s *sqlstore.Store) error { _, err := s.AuditChain(ctx, 1000, 25); return err })
	add("AuditHeads", "", byKey, func(s *sqlstore.Store) error { _, _, err := s.AuditHeads(ctx); return err })
	add("LeaseAudit", "", byKey, func(s *sqlstore.Store) error { _, err := s.LeaseAudit(ctx, "x", time.Minute); return err })
	add("QueueAudit", "", byKey, func(s *sqlstore.Store) error { return s.QueueAudit(ctx, audit.ErasureRow(now, "nobody")) })
	add("EraseAudit", "", checked, func(s *sqlstore.Store) error { _, err := s.EraseAudit(ctx, "ada", 10); return err })
	add("LinkAudit", "", byKey, func(s *sqlstore.Store) error {
		row := audit.ErasureRow(now, "nobody")
		row.Seq = CrowdSize + 1
		return s.LinkAudit(ctx, audit.Head{}, audit.Head{Seq: row.Seq, At: now}, []audit.Row{row})
	})
	add("TrimAudit", "", trimmed, func(s *sqlstore.Store) error { return s.TrimAudit(ctx, audit.Head{}, audit.Head{Seq: 10, At: now}) })
	add("Families", "of a person, with those that have ended", group, func(s *sqlstore.Store) error {
		_, _, err := s.Families(ctx, oauth.FamilyFilter{Subject: "ada", Ended: true}, limit)
		return err
	})
	families := func(name string, rows int, f oauth.FamilyFilter) {
		f.InSession = true
		add("Families", name, rows, func(s *sqlstore.Store) error { _, _, err := s.Families(ctx, f, limit); return err })
		add("Families", name+", the last page", rows, func(s *sqlstore.Store) error { _, _, err := s.Families(ctx, f, last); return err })
		add("CountFamilies", name, walk, func(s *sqlstore.Store) error { _, err := s.CountFamilies(ctx, f); return err })
	}
	families("all", valid, oauth.FamilyFilter{})
	families("of an application", group, oauth.FamilyFilter{ClientID: "big"})
	families("of an application without any", byKey, oauth.FamilyFilter{ClientID: "small"})
	families("of a person", group, oauth.FamilyFilter{Subject: "ada"})
	families("of a person without any", byKey, oauth.FamilyFilter{Subject: "bob"})
	families("of both", group, oauth.FamilyFilter{Subject: "ada", ClientID: "big"})
	families("of a time", byKey, oauth.FamilyFilter{Until: now.Add(-time.Hour)})
	families("of agents, without any", walk, oauth.FamilyFilter{Agents: true})
	families("with offline access, without any", walk, oauth.FamilyFilter{Offline: true})
	for _, state := range oauth.TokenStates()[1:] {
		families(string(state)+", without any", walk, oauth.FamilyFilter{State: state})
		families(string(state)+", of a person", walk, oauth.FamilyFilter{State: state, Subject: "ada"})
	}
	families("of a name that does not exist", walk, oauth.FamilyFilter{Search: "xyz"})
	tokens := func(name string, rows int, f oauth.FamilyFilter) {
		add("AccessTokens", name, rows, func(s *sqlstore.Store) error { _, _, err := s.AccessTokens(ctx, f, limit); return err })
		add("AccessTokens", name+", the last page", rows, func(s *sqlstore.Store) error { _, _, err := s.AccessTokens(ctx, f, last); return err })
		add("CountAccessTokens", name, walk, func(s *sqlstore.Store) error { _, err := s.CountAccessTokens(ctx, f); return err })
	}
	tokens("all", valid, oauth.FamilyFilter{})
	tokens("of an application", valid, oauth.FamilyFilter{ClientID: "big"})
	tokens("of a time", byKey, oauth.FamilyFilter{Until: now.Add(-time.Hour)})
	tokens("of an application without any", indexed, oauth.FamilyFilter{ClientID: "small"})
	tokens("of a person without any", indexed, oauth.FamilyFilter{Subject: "bob"})
	tokens("of agents, without any", walk, oauth.FamilyFilter{Agents: true})
	for _, state := range oauth.TokenStates()[1:] {
		tokens(string(state)+", without any", walk, oauth.FamilyFilter{State: state})
		search := walk
		if state == oauth.TokenDisabled {
			search = indexed
		}
		tokens(string(state)+", of an application without any", search, oauth.FamilyFilter{State: state, ClientID: "small"})
	}
	tokens("of a name that does not exist", walk, oauth.FamilyFilter{Search: "xyz"})
	tickets := func(name string, rows int, f oauth.FamilyFilter) {
		add("Tickets", name, rows, func(s *sqlstore.Store) error { _, _, err := s.Tickets(ctx, "code", f, limit); return err })
		add("CountTickets", name, walk, func(s *sqlstore.Store) error { _, err := s.CountTickets(ctx, "code", f); return err })
	}
	tickets("all", walk, oauth.FamilyFilter{})
	tickets("of an application without any", walk, oauth.FamilyFilter{ClientID: "small"})
	tickets("of a name that does not exist", walk, oauth.FamilyFilter{Search: "xyz"})
	consents := func(name string, rows int, f oauth.FamilyFilter) {
		add("Consents", name, rows, func(s *sqlstore.Store) error { _, _, err := s.Consents(ctx, f, limit); return err })
		add("CountConsents", name, walk, func(s *sqlstore.Store) error { _, err := s.CountConsents(ctx, f); return err })
	}
	consents("all", checked, oauth.FamilyFilter{})
	consents("of an application", group, oauth.FamilyFilter{ClientID: "big"})
	consents("of an application without any", byKey, oauth.FamilyFilter{ClientID: "small"})
	consents("of a person", byKey, oauth.FamilyFilter{Subject: "u7"})
	consents("of agents, without any", walk, oauth.FamilyFilter{Agents: true})
	consents("with offline access, without any", walk, oauth.FamilyFilter{Offline: true})
	consents("of a name that does not exist", walk, oauth.FamilyFilter{Search: "xyz"})
	accesses := func(name string, rows int, of ...oauth.ConsentKey) {
		add("Accesses", name, rows, func(s *sqlstore.Store) error { _, err := s.Accesses(ctx, of, true); return err })
	}
	accesses("of many families", walk, oauth.ConsentKey{Subject: "ada", ClientID: "big"})
	accesses("without any", byKey, oauth.ConsentKey{Subject: "bob", ClientID: "big"}, oauth.ConsentKey{Subject: "ada", ClientID: "small"}, oauth.ConsentKey{Subject: "u7", ClientID: "big"})
	add("Usage", "of an application", walk, func(s *sqlstore.Store) error {
		_, err := s.Usage(ctx, oauth.FamilyFilter{ClientID: "big", InSession: true})
		return err
	})
	add("Usage", "of an application without any", byKey, func(s *sqlstore.Store) error {
		_, err := s.Usage(ctx, oauth.FamilyFilter{ClientID: "small"})
		return err
	})
	sessions := func(name string, rows int, f account.SessionFilter) {
		add("Sessions", name, rows, func(s *sqlstore.Store) error { _, _, err := s.Sessions(ctx, f, limit); return err })
		add("CountSessions", name, walk, func(s *sqlstore.Store) error { _, err := s.CountSessions(ctx, f); return err })
	}
	sessions("all", checked, account.SessionFilter{})
	sessions("of a person", group, account.SessionFilter{UserID: "ada"})
	sessions("of a person with one", byKey, account.SessionFilter{UserID: "bob"})
	sessions("that have ended", walk, account.SessionFilter{Ended: true})
	sessions("that have ended, of a person", walk, account.SessionFilter{Ended: true, UserID: "ada"})
	sessions("of a name that does not exist", walk, account.SessionFilter{Search: "xyz"})
	sessions("with a method that none has", walk, account.SessionFilter{Method: "sid:xyz"})
	for _, by := range []string{"username", "name", "created", "last_login"} {
		add("Users", "by "+by, checked, func(s *sqlstore.Store) error { _, _, err := s.Users(ctx, account.UserFilter{}, sorted(by)); return err })
	}
	invitations := func(name string, rows int, f account.InvitationFilter) {
		add("Invitations", name, rows, func(s *sqlstore.Store) error { _, _, err := s.Invitations(ctx, f, limit); return err })
		add("CountInvitations", name, counted, func(s *sqlstore.Store) error { _, err := s.CountInvitations(ctx, f); return err })
	}
	invitations("all", checked, account.InvitationFilter{State: account.InvitationOpen})
	invitations("to an address", byKey, account.InvitationFilter{Email: "17@example.org"})
	invitations("a search", 4*all, account.InvitationFilter{Search: "xyz"})
	add("Users", "a search", 2*all, func(s *sqlstore.Store) error {
		_, _, err := s.Users(ctx, account.UserFilter{Search: "xyz"}, limit)
		return err
	})
	for _, by := range []string{"name", "created"} {
		add("Groups", "by "+by, checked, func(s *sqlstore.Store) error {
			_, _, err := s.Groups(ctx, account.GroupFilter{}, sorted(by))
			return err
		})
	}
	add("Groups", "a search", 2*all, func(s *sqlstore.Store) error {
		_, _, err := s.Groups(ctx, account.GroupFilter{Search: "xyz"}, limit)
		return err
	})
	add("Groups", "of a person", 2*all, func(s *sqlstore.Store) error {
		_, _, err := s.Groups(ctx, account.GroupFilter{Member: "u17"}, limit)
		return err
	})
	add("CountGroups", "", counted, func(s *sqlstore.Store) error {
		_, err := s.CountGroups(ctx, account.GroupFilter{Role: account.RoleAdministrator})
		return err
	})
	add("Group", "", checked, func(s *sqlstore.Store) error { _, err := s.Group(ctx, "g1"); return err })
	add("GroupByExternalID", "", checked, func(s *sqlstore.Store) error {
		_, err := s.GroupByExternalID(ctx, "x1")
		if errors.Is(err, account.ErrNotFound) {
			err = nil
		}
		return err
	})
	add("GroupByName", "", checked, func(s *sqlstore.Store) error { _, err := s.GroupByName(ctx, "group1"); return err })
	add("Members", "", 3*all, func(s *sqlstore.Store) error { // at most account.MaxMembers
		_, _, err := s.Members(ctx, account.MemberFilter{GroupID: "g1"}, limit)
		return err
	})
	add("CountMembers", "", 2*counted, func(s *sqlstore.Store) error {
		_, err := s.CountMembers(ctx, account.MemberFilter{GroupID: "g1"})
		return err
	})
	add("CountMembers", "a search", 3*counted, func(s *sqlstore.Store) error {
		_, err := s.CountMembers(ctx, account.MemberFilter{GroupID: "g1", Search: "xyz"})
		return err
	})
	for _, by := range []string{"name", "client_id", "created", "type"} {
		add("Clients", "by "+by, rows, func(s *sqlstore.Store) error {
			_, _, err := s.Clients(ctx, oauth.ClientFilter{}, sorted(by))
			return err
		})
	}
	apiTokens := func(name string, rows int, f account.OwnedTokenFilter, by string) {
		add("TokenFactors", name, rows, func(s *sqlstore.Store) error { _, _, err := s.TokenFactors(ctx, f, sorted(by)); return err })
		add("CountTokenFactors", name, counted, func(s *sqlstore.Store) error { _, err := s.CountTokenFactors(ctx, f); return err })
	}
	apiTokens("by creation", checked, account.OwnedTokenFilter{Scope: "read"}, "created")
	apiTokens("by use", checked, account.OwnedTokenFilter{}, "used")
	apiTokens("of a person", byKey, account.OwnedTokenFilter{UserID: "u400"}, "created")
	add("IdentityOwners", "", counted, func(s *sqlstore.Store) error { _, err := s.IdentityOwners(ctx, paging.MostCounted+1); return err })
	apiTokens("a search", checked, account.OwnedTokenFilter{Search: "xyz"}, "created")
	add("CountUsers", "", all, func(s *sqlstore.Store) error {
		_, err := s.CountUsers(ctx, account.UserFilter{Disabled: &disabled})
		return err
	})
	add("Users", "with some IDs", checked, func(s *sqlstore.Store) error {
		_, _, err := s.Users(ctx, account.UserFilter{IDs: []string{"u7", "u8", "missing"}}, limit)
		return err
	})
	add("Clients", "with some IDs", checked, func(s *sqlstore.Store) error {
		_, _, err := s.Clients(ctx, oauth.ClientFilter{IDs: []string{"k7", "k8", "missing"}}, limit)
		return err
	})
	add("FindUsers", "", 10*byKey, func(s *sqlstore.Store) error { _, err := s.FindUsers(ctx, "user1", 5); return err })
	add("CountClients", "", 2*all, func(s *sqlstore.Store) error {
		_, err := s.CountClients(ctx, oauth.ClientFilter{Disabled: &disabled})
		return err
	})
	add("FindClients", "", 10*byKey, func(s *sqlstore.Store) error { _, err := s.FindClients(ctx, "app 1", 5); return err })
	add("Discarded", "", byKey, func(s *sqlstore.Store) error { _, err := s.Discarded(ctx, "d1"); return err })
	add("Clients", "a search", 4*all, func(s *sqlstore.Store) error {
		_, _, err := s.Clients(ctx, oauth.ClientFilter{Search: "xyz"}, limit)
		return err
	})
	rejections := func(name string, rows int, f oauth.RejectionFilter) {
		add("Rejections", name, rows, func(s *sqlstore.Store) error { _, err := s.Rejections(ctx, f, 50); return err })
	}
	add("Flows", "of all applications", byKey, func(s *sqlstore.Store) error { _, err := s.Flows(ctx, "", 50); return err })
	add("Flows", "of an application", byKey, func(s *sqlstore.Store) error { _, err := s.Flows(ctx, "k7", 50); return err })
	rejections("of all applications", checked, oauth.RejectionFilter{})
	rejections("of an application", byKey, oauth.RejectionFilter{ClientID: "k7"})
	rejections("of no application", valid, oauth.RejectionFilter{NoClient: true}) // all, of which there are 1,000
	return append(calls, changes(now)...)
}
