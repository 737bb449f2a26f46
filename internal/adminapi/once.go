package adminapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// ticketOnce is the kind of the tickets of requests with an Idempotency-Key.
	ticketOnce oauth.TicketKind = "admin-api"
	// onceDay is the minimum time for which a key is kept. A Store keeps the tickets for that long
	// (oauth.KeepTicket).
	onceDay = 24 * time.Hour
	// onceTakes bounds how long a request takes until its response is stored.
	onceTakes = 10 * time.Minute
	// maxOnceKey is the length of the longest key, and maxOnceBody that of the longest
	// response that is kept, in bytes.
	maxOnceKey, maxOnceBody = 200, 64 << 10
)

// The states of a ticket of this kind.
const onceBegun, onceDone = "begun", "done"

// A kept response is that of a request with an Idempotency-Key.
type kept struct {
	Status   int    `json:"status"`
	Problem  bool   `json:"problem,omitempty"`
	Location string `json:"location,omitempty"`
	Version  int64  `json:"version,omitempty"`
	Body     []byte `json:"body,omitempty"`
}

// onceProof folds all values that must be the same in a repeated request. A handler checks the
// scope of the token, the roles of the caller and If-Match, so these are among the values.
//
// A body can contain a password, so the result is an HMAC with a key of the server. Otherwise, a
// reader of the database could guess passwords with the proof, much faster than with the hash of
// the password.
func onceProof(key []byte, method, path, query, body, match, scope, roles string) oauth.Hash {
	mac := hmac.New(sha256.New, key)
	fold := oauth.Fold(ticketOnce, method, path, query, body, match, scope, roles)
	_, _ = mac.Write(fold[:])
	return oauth.Hash(mac.Sum(nil))
}

// once carries out a request with an Idempotency-Key, unless it was carried out before: then
// the response is repeated. Responses can contain secrets, so they are stored encrypted.
//
// Tickets are found by the day on which they were written. Each request writes two: for this
// day and for the one before. So of any two requests within 24 hours, the second finds a ticket
// of the first, even if both are carried out at the same time.
func (c *call) once() error {
	key := c.Header.Get("Idempotency-Key")
	if len(key) > maxOnceKey || !oauth.IsText(key) {
		return badRequest("The Idempotency-Key is too long.")
	}
	text, err := c.body()
	if err != nil {
		return err
	}
	now := c.api.Clock()
	proof := onceProof(c.api.Key, c.Method, c.URL.EscapedPath(), c.URL.RawQuery, string(text), c.Header.Get("If-Match"), c.token.Scope, c.caller.roles.String())
	ids := c.onceIDs(key, now)
	var tickets []oauth.Ticket
	for _, id := range ids {
		tickets = append(tickets, oauth.Ticket{Kind: ticketOnce, ID: id, Proof: proof, State: onceBegun, IssuedAt: now, ExpiresAt: now.Add(onceTakes)})
	}
	err = c.api.Store.Put(c.Context(), tickets...)
	if errors.Is(err, oauth.ErrConflict) {
		return c.repeat(ids, proof)
	}
	if err != nil {
		return err
	}
	return c.first(ids)
}

// onceIDs returns the IDs of the tickets that a request writes.
func (c *call) onceIDs(key string, now time.Time) []oauth.ID {
	return []oauth.ID{c.onceID(key, now), c.onceID(key, now.Add(-onceDay))}
}

// onceID returns the ID of the ticket for a key of this caller on the day of a time.
func (c *call) onceID(key string, at time.Time) oauth.ID {
	mac := hmac.New(sha256.New, c.api.Key)
	fold := oauth.HashOf(string(ticketOnce), c.token.Issuer, c.token.ClientID, c.token.Subject, key)
	_, _ = mac.Write(fold[:])
	return oauth.IDFrom(at.Truncate(onceDay), [10]byte(mac.Sum(nil)))
}

// first carries out the request, and stores the response. An error of the server is not kept:
// it is not known whether the change was made.
func (c *call) first(ids []oauth.ID) error {
	result, err := c.handle()
	var k kept
	if err == nil {
		k = kept{Location: c.location, Version: c.version}
		if k.Status, k.Body, err = c.finish(result); err != nil {
			return err
		}
	} else {
		p := *problemOf(err, c.op.conditional)
		if p.Status >= http.StatusInternalServerError {
			return err
		}
		p.Type = problemPrefix + p.Type
		k = kept{Status: p.Status, Problem: true}
		if k.Body, err = json.Marshal(p); err != nil {
			return err
		}
	}
	c.keep(ids, k)
	c.sendKept(k)
	return nil
}

// keep stores a response. If that fails, the response to a repeated request
// says that the result is not known.
func (c *call) keep(ids []oauth.ID, k kept) {
	text, err := json.Marshal(k)
	if err != nil || len(text) > maxOnceBody*2 {
		return
	}
	for _, id := range ids {
		sealed, err := c.api.sealer.Seal(id, text, string(ticketOnce))
		if err == nil {
			_, err = c.api.Store.Change(c.Context(), oauth.ChangeRequest{Kind: ticketOnce, ID: id, From: onceBegun, To: onceDone, Now: c.api.Clock(), Body: sealed})
		}
		if err != nil {
			c.api.Logger.WarnContext(c.Context(), "the response for an Idempotency-Key could not be stored", "error", err.Error())
		}
	}
}

// repeat answers a request whose key was used before.
func (c *call) repeat(ids []oauth.ID, proof oauth.Hash) error {
	for _, id := range ids {
		ticket, _, err := c.api.Store.Ticket(c.Context(), ticketOnce, id)
		switch {
		case errors.Is(err, oauth.ErrNotFound):
			continue
		case err != nil:
			return err
		case !ticket.Proof.Equal(proof):
			return &Problem{Type: "key-reused", Title: "Idempotency-Key was used before", Status: http.StatusUnprocessableEntity, Detail: "This Idempotency-Key was used for another request. Use a new key for each request."}
		case ticket.State != onceDone:
			return conflict("A request with this Idempotency-Key was started, but its result is not known, or not known yet. Check whether it has taken effect. If not, send it with a new key.")
		}
		text, err := c.api.sealer.Open(ticket.Body, string(ticketOnce))
		var k kept
		if err == nil {
			err = json.Unmarshal(text, &k)
		}
		if err != nil {
			return err
		}
		c.w.Header().Set("Idempotency-Replayed", "true")
		c.sendKept(k)
		return nil
	}
	return errors.New("adminapi: a ticket that exists was not found")
}

func (c *call) sendKept(k kept) {
	c.location, c.version = k.Location, k.Version
	if k.Problem {
		header := c.w.Header()
		header.Set("Content-Type", "application/problem+json")
		header.Set("Cache-Control", "no-store")
		c.w.WriteHeader(k.Status)
		_, _ = c.w.Write(append(k.Body, '\n')) // the client has closed the connection
		return
	}
	c.send(k.Status, k.Body)
}
