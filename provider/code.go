package provider

import (
	"encoding/json"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketCode is the kind of an authorization code (RFC 6749 §4.1.2). Its ID is
// that of the authorization request, so that only one code of a request is valid.
const ticketCode oauth.TicketKind = "code"

// codeDenied is the state of a code that an administrator has cancelled.
const codeDenied = "denied"

// ticketAnswer is the kind of a decision about an authorization request whose
// response has no code. It is never spent.
const ticketAnswer oauth.TicketKind = "answer"

// codeProof folds everything that must be presented to redeem a code: its
// secret, the client, the redirect_uri of the authorization request (empty if
// the request omitted it) and the code_challenge (empty if there was none).
func codeProof(secret oauth.Hash, clientID, redirectURI, challenge string) oauth.Hash {
	return oauth.Fold(ticketCode, string(secret[:]), clientID, redirectURI, challenge)
}

// answerProof folds the secret of a decision. The ticket is never spent: the proof only
// distinguishes the same decision, which can be repeated, from another one.
func answerProof(secret string) oauth.Hash { return oauth.Fold(ticketAnswer, secret) }

// codeBody is the body of a code. It holds the conditions again, to explain
// which of them was not met, and the nonce.
type codeBody struct {
	RedirectURI string `json:"r"`
	// Omitted is true if the authorization request had no redirect_uri.
	// RedirectURI is then the one that was used.
	Omitted   bool   `json:"o,omitempty"`
	Challenge string `json:"c,omitempty"`
	ticketBody
}

// String returns the body as it is stored.
func (b codeBody) String() string {
	o := newObject(192).text("r", b.RedirectURI)
	if b.Omitted {
		o = o.flag("o", true)
	}
	o = o.textIfAny("c", b.Challenge).textIfAny("n", b.Nonce)
	if !b.Front.IsZero() {
		front, _ := json.Marshal(b.Front) // cannot fail: bytes
		o = append(o.add("f"), front...)
	}
	return string(o.end())
}

// ticketBody is the part of the body that all kinds share.
type ticketBody struct {
	// Nonce is that of OpenID Connect Core §3.1.2.1. It is only for the ID token
	// that is issued for the ticket, not for those of a refresh.
	Nonce string `json:"n,omitempty"`
	// Front is the family of an access token that went through the browser at the
	// same time, or zero.
	Front oauth.ID `json:"f,omitzero"`
}

// requestedURI returns the redirect_uri of the authorization request.
func (b codeBody) requestedURI() string {
	if b.Omitted {
		return ""
	}
	return b.RedirectURI
}

// readCode reads the body of a code. A body that cannot be read is empty: it
// explains nothing, and the proof alone decides what is valid.
func readCode(t oauth.Ticket) (body codeBody) {
	_ = json.Unmarshal([]byte(t.Body), &body)
	return body
}

// nonceOf returns the nonce of a ticket of any kind, or "".
func nonceOf(t oauth.Ticket) string {
	var body ticketBody
	if t.Body != "" {
		_ = json.Unmarshal([]byte(t.Body), &body)
	}
	return body.Nonce
}

// frontFamilies returns the families of access tokens that went through the
// browser together with a ticket.
func frontFamilies(t oauth.Ticket) []oauth.ID {
	var body ticketBody
	if t.Body == "" || json.Unmarshal([]byte(t.Body), &body) != nil || body.Front.IsZero() {
		return nil
	}
	return []oauth.ID{body.Front}
}
