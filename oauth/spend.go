package oauth

import "time"

// SpendRequest is the argument of Store.Spend. The ticket is spent if and only if
// all of this is true:
//
//   - Kind and State are those of the ticket, and its proof is one of Proofs.
//   - The ticket is unspent and has not expired at Now.
//   - Its client is valid: ClientID is empty, or the client exists, is enabled, and
//     its RevokedBefore is before IssuedAt.
//   - Its person is valid.
//   - Its login session has not ended: with InSession, the Store keeps the session;
//     without it, no EndSessions after IssuedAt created a notice for its client.
type SpendRequest struct {
	// Kind and ID identify the ticket.
	Kind TicketKind
	ID   ID // see Kind
	// Proofs are one to MaxProofs candidates.
	Proofs []Hash
	// State is the state that the ticket must have; empty is a state too.
	State string
	Now   time.Time // the time of the request
	// InSession requires that the ticket's SessionID, if it has one, names a
	// login session that this Store keeps, and that has not expired at Now.
	// Something that is bound to a login session must not be issued after that
	// session has ended.
	InSession bool

	// Family is written when the ticket is spent, unless nil. Its ID, ClientID,
	// Permission and AccessScope are those of the ticket, whatever is set here.
	Family *Family
	// Access is written too, unless nil. Its ClientID, Subject, FamilyID and
	// Scope are those of the family, and its Audience is that of the request,
	// whatever is set here.
	Access *AccessToken
	// Audience is that of Access; empty means the Resources of the ticket's
	// Details.
	Audience Audience
}

// MaxProofs is the largest number of candidates in a SpendRequest.
const MaxProofs = 4

// ChangeRequest is the argument of Store.Change. It needs no proof. The ticket is
// changed if and only if kind and state (From) are the same, it is unspent and has
// not expired at Now, and its client and its person are valid.
type ChangeRequest struct {
	// Kind and ID identify the ticket.
	Kind TicketKind
	ID   ID // see Kind
	// From is the state that the ticket must have, and To its new state.
	From, To string
	Now      time.Time // the time of the change
	// Permission replaces the ticket's, unless nil; IssuedAt then becomes Now.
	Permission *Permission
	// Body replaces the ticket's, unless empty.
	Body string
}

// Cancellation describes how a ticket is cancelled.
type Cancellation struct {
	// Kind and ID identify the ticket.
	Kind TicketKind
	ID   ID // see Kind
	// From is the state that the ticket must have, and To its new state.
	From, To string
	// Proof is the proof that it must have: another decision, perhaps of another person, can have replaced a code.
	Proof Hash
	// Spent marks the ticket as spent, so that no other one replaces it.
	Spent bool
	Now   time.Time // the time of the cancellation
}

// SpendResult is the result of a spend, a change or a rotation. If Won is false,
// nothing was written, and the other fields show why.
type SpendResult struct {
	// Won reports whether this call spent or changed the row.
	Won bool
	// Ticket and Family are the rows after the call if Won, otherwise as they
	// were found. A spend or change sets Ticket, a rotation sets Family.
	Ticket   Ticket
	Family   Family   // set by a rotation; see Ticket
	Standing Standing // whether the client and the person of the row are valid
}

// HasTimes reports whether the times that an approval needs are set: Now, the Now of
// Spend and Change, and SessionUntil if there is a Session. If one is missing,
// Store.Approve returns ErrNoTime.
func (a *Approval) HasTimes() bool {
	return !a.Now.IsZero() && (a.Spend == nil || !a.Spend.Now.IsZero()) && (a.Change == nil || !a.Change.Now.IsZero()) && (a.Session == nil || !a.SessionUntil.IsZero())
}

// Approval holds the rows that are written for the decision of a person, all or
// none.
type Approval struct {
	// Now is the time of the decision.
	Now time.Time
	// InSession, if set, is the login session in which the person decided. This
	// Store must keep it, and it must not have expired at Now.
	InSession string
	// HostSession, if set, is the login session of a host in which the person
	// decided. EndSessions must not have been called for it at Now or later.
	HostSession string
	// Session, unless nil, adds a client to the SessionClients of a login session,
	// at least until SessionUntil. The client must not have received a notice that
	// the session ended at Now or later.
	Session      *SessionClient
	SessionUntil time.Time

	// Put is a new ticket, or nil. If an unspent ticket of the same ID, kind and
	// proof exists, this is the same decision again. If that ticket has not expired
	// at Now, nothing is written, so that two clicks create one code. Otherwise Put
	// replaces it. Put also replaces an unspent ticket of another decision, whose
	// proof is Replaces: the last decision counts. The families in Revoke were
	// issued with that ticket, and are revoked.
	Put      *Ticket
	Replaces Hash
	Revoke   []ID
	// Spend is a ticket that the decision completes, such as a pushed
	// authorization request, or nil.
	Spend *SpendRequest
	// Change is a ticket that the decision is about, such as a device code, or
	// nil. At most one of Spend and Change is set.
	Change *ChangeRequest

	// Consent is remembered, unless nil: the scopes in Shown are remembered if they
	// are in its scope, and forgotten if they are not. Other scopes that were
	// remembered before are kept.
	Consent *Consent
	Shown   Scopes
	// Outdated is the time of a change of the client that nobody has checked, or zero. If the
	// remembered consent is not newer, none of its scopes are kept.
	Outdated time.Time
	// Relies is the consent that made it unnecessary to ask the person, or nil. The
	// stored consent must have the same scope.
	Relies *Consent

	// Family and Access are issued through the browser; Access is nil for a JWT.
	// Both are nil if nothing is issued through the browser. If the family exists,
	// only its times change; it must not have been revoked.
	Family *Family
	Access *AccessToken
}
