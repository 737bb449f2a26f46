package oauth

// Actor is the party that acts for the subject of a token (RFC 8693 §4.1). Act is
// the actor that acted before this one.
type Actor struct {
	// Subject is the sub of the actor: the subject of a person, or the client_id of a client.
	Subject string `json:"sub"`
	// Issuer is empty for a person or a client of this server.
	Issuer string `json:"iss,omitempty"`
	Act    *Actor `json:"act,omitempty"` // the actor that acted before this one, or nil
}

// Depth returns the number of actors in the chain, which is 0 for a nil Actor.
func (a *Actor) Depth() (n int) {
	for ; a != nil; a = a.Act {
		n++
	}
	return n
}
