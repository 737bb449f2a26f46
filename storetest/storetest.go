// Package storetest tests that a backend does what oauth.Store, oauth.AdminStore,
// oauth.WebhookStore, account.Store, account.MailStore and audit.Store promise. A backend is complete
// when Run passes.
package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Store has all methods that a backend implements. It is the same as latchkey.Store.
type Store interface {
	oauth.Store
	oauth.AdminStore
	account.Store
	account.MailStore
	oauth.WebhookStore
	audit.Store
}

// Open returns an empty Store that uses the clock, and closes it when the test
// ends. The times of the clock are those of the test, and can be years ago. Open is
// called once for each group of promises, and must not end the test of another group.
type Open func(t *testing.T, clock func() time.Time) Store

// Run tests all promises of a backend, in subtests. Some of them make hundreds of
// concurrent calls, so run it with the race detector too:
//
//	func TestStoreKeepsItsPromises(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, clock func() time.Time) storetest.Store {
//			s := mystore.New(clock)
//			t.Cleanup(s.Close)
//			return s
//		})
//	}
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, *house){
		"Tickets":     testTickets,
		"Spending":    testSpendConditions,
		"Changing":    testChanges,
		"Approving":   testApprovals,
		"Families":    testFamilies,
		"Issuers":     testIssuers,
		"Standing":    testStanding,
		"Replay":      testReplayWindow,
		"Revoking":    testRevoking,
		"Keys":        testKeys,
		"Clients":     testClients,
		"Confirmed":   testRegistrations,
		"Unused":      testUnusedClients,
		"Discarded":   testDiscardedClients,
		"Discards":    testDiscardingContention,
		"Ownerless":   testDiscardedPeople,
		"Restored":    testRestoredUnusedClients,
		"Returned":    testDiscardedRegistrations,
		"AddedBy":     testAddedBy,
		"Owners":      testOwners,
		"Guards":      testGuards,
		"LostRoles":   testLostRoles,
		"Groups":      testGroups,
		"Members":     testMemberships,
		"GroupRole":   testGroupRoles,
		"Ordinary":    testOrdinaryGroups,
		"Revisions":   testGroupRevisions,
		"Successor":   testRevisionKeepsAnAdministrator,
		"LateRoles":   testLateLossOfARole,
		"UserIDs":     testIDsOfUsers,
		"GroupRace":   testGroupContention,
		"GuardRace":   testGuardContention,
		"OwnerHere":   testOwnerGuards,
		"Initial":     testInitialAccessTokens,
		"Providers":   testLoginProviders,
		"Providing":   testLoginProviderContention,
		"Definitions": testDefinitions,
		"Defining":    testDefinitionContention,
		"Redefined":   testDefinitionRevision,
		"Uses":        testSecretUses,
		"Switches":    testSwitches,
		"Lists":       testLists,
		"Accesses":    testAccesses,
		"Accounts":    testAccounts,
		"Revised":     testUserRevisions,
		"RevisedRole": testRolesInRevisions,
		"RevisedOnce": testRevisionContention,
		"BesideEnd":   testRevisionBesideLogout,
		"Pictures":    testPictures,
		"Distinct":    testDistinctUsernames,
		"Expiring":    testExpiringUsers,
		"Kept":        testUsersThatDoNotExpire,
		"Expiries":    testExpiryContention,
		"First":       testFirstLoginAtExpiry,
		"Erasure":     testErasure,
		"Invited":     testInvitations,
		"Former":      testInvitationsOfFormerAdministrators,
		"InvitedTo":   testInvitationsOfADeletedAddress,
		"InvitedBy":   testInvitationsOfApplications,
		"Invitees":    testInvitationContention,
		"Deletion":    testScheduledDeletion,
		"LastAdmin":   testLastAdministratorStays,
		"Canceled":    testDeletionContention,
		"Sessions":    testSessions,
		"BlockEnds":   testBlockEnds,
		"BornWith":    testFactorsOfNewUsers,
		"Factors":     testFactors,
		"Tokens":      testTokenFactors,
		"Identities":  testIdentityOwners,
		"FactorUse":   testFactorUses,
		"OneWins":     testFactorContention,
		"FactorEnd":   testFactorsOfExpiredUsers,
		"Most":        testMostSessions,
		"Log-out":     testWhatEndsWithASession,
		"InSession":   testTicketsOfASession,
		"Bound":       testBoundFamilies,
		"HostEnds":    testHostSessions,
		"LoggedIn":    testApprovalsInASession,
		"Checked":     testChecksInWrites,
		"Races":       testRaces,
		"Notices":     testLogoutNotices,
		"Attempts":    testAttempts,
		"Places":      testOpenAttempts,
		"Twins":       testFamilyOfATicketExists,
		"Withdrawn":   testWithdrawnConsentStaysWithdrawn,
		"Many":        testManyFamilies,
		"Mails":       testMails, "Mails of a person": testMailsOf,
		"Webhooks": testWebhookMessages, "WebhookFailures": testWebhookFailures,
		"WebRace":   testWebhookContention,
		"MailLimit": testMailBounds,
		"MailRace":  testMailContention,
		"Together":  testNoticesOfChanges,
		"Rejected":  testRejections,
		"Flows":     testFlows,
		"Tallies":   testTallies,
		"TallyRace": testTallyContention,
		"Audit":     testAudit,
		"Logins":    testRecordedLogins,
		"Chain":     testAuditContention,
		"LongAudit": testAuditLongTexts,
		"Attempted": testAuditErasureOfAttempts,
		"Admin":     testFirstAdmin,
		"OddText":   testOddText,
		"Timeless":  testMissingTimes,
		"Contended": testContention,
		"Once":      testOnce,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, newHouse(t, open))
		})
	}
	t.Run("Valid", func(t *testing.T) { testListsShowWhatIsValid(t, open) })
}

// newHouse opens an empty Store.
func newHouse(t *testing.T, open Open) *house {
	t.Helper()
	h := new(house)
	h.setNow(time.Date(2026, 3, 4, 5, 6, 7, 891e6, time.UTC))
	h.Store = open(t, h.clock)
	return h
}

// house is a Store with a client and a person in it.
type house struct {
	Store
	now    time.Time                 // set by setNow only
	shared atomic.Pointer[time.Time] // the same time, for the goroutines of the Store
}

// setNow changes the time.
func (h *house) setNow(now time.Time) {
	h.now = now
	h.shared.Store(&now)
}

// clock returns the time.
func (h *house) clock() time.Time { return *h.shared.Load() }

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// client adds a client.
func (h *house) client(t *testing.T, id string) *oauth.Client {
	t.Helper()
	c := &oauth.Client{
		ID: id, Name: "App " + id, Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken},
		RedirectURIs: []string{"https://app.example/cb"}, CreatedAt: h.now.Add(-time.Hour), UpdatedAt: h.now.Add(-time.Hour),
		Secrets: []oauth.ClientSecret{{ID: "1", Hash: []byte{1, 2, 3}, CreatedAt: h.now}}, AccessTokenTTL: oauth.Lifetime(time.Minute),
	}
	must(t, h.CreateClient(ctx, c))
	return c
}

// user adds a user.
func (h *house) user(t *testing.T, name string) *account.User {
	t.Helper()
	u := &account.User{ID: "id-" + name, Username: name, CreatedAt: h.now, UpdatedAt: h.now, PasswordHash: "x"}
	must(t, h.CreateUser(ctx, u, name, account.Unconditionally))
	return u
}

// epoch returns the LoginEpoch of a user.
func (h *house) epoch(t *testing.T, id string) int64 {
	t.Helper()
	u, err := h.User(ctx, id)
	must(t, err)
	return u.LoginEpoch
}

// startSession starts a session of a user that lasts an hour.
func (h *house) startSession(t *testing.T, id, user string) {
	t.Helper()
	must(t, h.StartSession(ctx, account.SessionStart{Session: account.Session{ID: id, UserID: user, CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(time.Hour), ExpiresAt: h.now.Add(time.Hour)}, Epoch: h.epoch(t, user)}))
}

// approve approves, and returns only the error.
func (h *house) approve(a oauth.Approval) error {
	a.Now = h.now
	_, err := h.Approve(ctx, a)
	return err
}

// revoke revokes tokens, and returns only the error.
func (h *house) revoke(r oauth.Revocation) error {
	_, _, err := h.Revoke(ctx, r)
	return err
}

// family issues a family and an access token for a ticket.
func (h *house) family(t *testing.T, subject string) (oauth.Family, oauth.AccessToken) {
	t.Helper()
	ticket := h.put(t, subject)
	r := h.spend(ticket)
	got, err := h.Spend(ctx, r)
	must(t, err)
	if !got.Won {
		t.Fatal("the ticket was not spent")
	}
	f, _, err := h.kept(ticket.ID)
	must(t, err)
	return f, *r.Access
}

// kept returns the family as it is stored.
func (h *house) kept(id oauth.ID) (oauth.Family, oauth.Standing, error) { return h.Family(ctx, id) }

// rotation is a request that exchanges the family's refresh token.
func (h *house) rotation(f oauth.Family) oauth.Rotation {
	access := oauth.NewToken(oauth.KindAccess, h.now)
	return oauth.Rotation{
		FamilyID: f.ID, ClientID: f.ClientID, Presented: f.Hash, Next: oauth.Hash{2}, Now: h.now, IdleExpiresAt: h.now.Add(time.Hour), ReplayUntil: h.now.Add(10 * time.Second), Address: "192.0.2.1",
		Access: &oauth.AccessToken{ID: access.ID, Hash: access.Hash(), ClientID: f.ClientID, IssuedAt: h.now, ExpiresAt: h.now.Add(time.Hour)},
	}
}

// together runs n calls at once and returns their results.
func together[T any](n int, call func(i int) T) []T {
	answers := make([]T, n)
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			answers[i] = call(i)
		})
	}
	all.Wait()
	return answers
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want)
	if g == w {
		return
	}
	// The difference may be only in the addresses of pointers.
	gj, gerr := json.Marshal(got)
	wj, werr := json.Marshal(want)
	if gerr != nil || werr != nil || string(gj) != string(wj) {
		t.Errorf("%s:\n got %s\n     %s\nwant %s\n     %s", what, g, gj, w, wj)
	}
}
