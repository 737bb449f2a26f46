package oauth

// Actor is the party that acts for the subject of a token (RFC 8693 §4.1). Act is
// the actor that acted before this one.
type Actor struct {
	Subject string `json:"sub"`
	// Issuer is empty for a person or a client of this server.
	Issuer string `json:"iss,omitempty"`
	Act    *Actor `json:"act,omitempty"`
}

// Depth returns the number of actors in the chain.
func (a *Actor) Depth() (n int) {
	for ; a != nil; a = a.Act {
		n++
	}
	return n
}
