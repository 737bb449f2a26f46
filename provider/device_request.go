package provider

import (
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// DeviceRequest is the part of an authorization request that began on a device
// (RFC 8628 §3.3). Such a request has no redirect URI.
type DeviceRequest struct {
	// ID is that of the device code.
	ID oauth.ID `json:"id"`
	// UserCode is the code that the person entered, as people see it.
	UserCode string `json:"u"`
	// Address is the network address of the device, or empty.
	Address string `json:"a,omitempty"`
	// Unstored is set if the client was not stored when the device started.
	Unstored bool `json:"n,omitempty"`
}

// StartedAt returns when the device made the request.
func (d *DeviceRequest) StartedAt() time.Time { return d.ID.Time() }
