package resource

import (
	"cmp"
	"encoding/json"
)

// Actor is the party that acts for the subject of a token (RFC 8693 §4.1): usually a
// service that exchanged the token of a person for one of its own.
type Actor struct {
	// Subject is the sub of the actor, or its client_id if it has no sub. At Latchkey
	// it is the client ID of the service, unless the service named another actor.
	Subject string
	// Issuer is the iss of the actor. If it is empty, it is that of the token.
	Issuer string
	// Before is the previous actor, or nil. It is only informational, and must
	// not affect access decisions (RFC 8693 §4.1).
	Before *Actor
}

// maxActors bounds the chain of actors in a token. Latchkey issues at most four.
const maxActors = 8

// readActor returns the actors in the claim act.
func readActor(claim json.RawMessage) (*Actor, error) {
	var first *Actor
	for next, depth := &first, 0; len(claim) > 0 && string(claim) != "null"; depth++ {
		var read struct {
			Subject  string          `json:"sub"`
			ClientID string          `json:"client_id"`
			Issuer   string          `json:"iss"`
			Act      json.RawMessage `json:"act"`
		}
		switch err := json.Unmarshal(claim, &read); {
		case depth == maxActors:
			return nil, invalid(Malformed, "its act names more than %d actors", maxActors)
		case err != nil || read.Subject == "" && read.ClientID == "":
			return nil, invalid(Malformed, "its act does not name an actor")
		}
		*next = &Actor{Subject: cmp.Or(read.Subject, read.ClientID), Issuer: read.Issuer}
		next, claim = &(*next).Before, read.Act
	}
	return first, nil
}
