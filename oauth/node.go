package oauth

import "time"

// Node is a process that uses a Store, for the back office.
type Node struct {
	ID      string `json:"-"`                 // the random ID of its server
	Host    string `json:"host,omitempty"`    // the name of its machine or container, or empty
	Version string `json:"version,omitempty"` // the version of Latchkey, or empty
	// StartedAt is when the server was created, and SeenAt when it was last recorded.
	StartedAt time.Time `json:"started"`
	SeenAt    time.Time `json:"seen"` // see StartedAt
	// CertificateEnds is when the TLS certificate that the process uses expires. It is zero if it
	// uses none.
	CertificateEnds time.Time `json:"certificate_ends,omitzero"`
}

// MostNodes is the maximum number of nodes that a Store returns.
const MostNodes = 100
