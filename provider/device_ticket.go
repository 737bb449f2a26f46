package provider

import (
	"encoding/json"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// ticketDevice is the kind of a device code (RFC 8628 §3.2).
	ticketDevice oauth.TicketKind = "device"
	// ticketUserCode is the kind of a user code. Its body names the device code
	// of the same request. It is never spent.
	ticketUserCode oauth.TicketKind = "user_code"
)

// The states of a device code.
const (
	devicePending  = "pending" // the person has not decided yet
	deviceApproved = "approved"
	deviceDenied   = "denied"
)

// deviceProof folds everything that must be presented to redeem a device code:
// its secret and the client.
func deviceProof(secret oauth.Hash, clientID string) oauth.Hash {
	return oauth.Fold(ticketDevice, string(secret[:]), clientID)
}

// userCodeProof folds the ID of the device code. The ticket of a user code is only read, so
// nothing must be presented to redeem it.
func userCodeProof(device oauth.ID) oauth.Hash { return oauth.Fold(ticketUserCode, device.String()) }

// deviceBody is the body of a device code.
type deviceBody struct {
	// Address is the network address from which the request came, or empty.
	Address string `json:"a,omitempty"`
	// Unstored is set if the client was not stored; see ticketDeviceAnswer.
	Unstored bool `json:"n,omitempty"`
}

// userCodeBody is the body of a user code.
type userCodeBody struct {
	Device string `json:"d"` // the ID of the device code
}

// newDevice returns the tickets of a device code and of its user code. wanted has
// the scope and the resources that the device requests.
func (s *Provider) newDevice(client *oauth.Client, token oauth.Token, userCode, address string, wanted oauth.Permission, now time.Time) ([]oauth.Ticket, error) {
	device, err := json.Marshal(deviceBody{Address: address, Unstored: client.Unconfirmed})
	if err != nil {
		return nil, err
	}
	pointer, err := json.Marshal(userCodeBody{Device: token.ID.String()})
	expires := now.Add(lifetime(client.DeviceCodeTTL, s.DeviceCodeTTL))
	return []oauth.Ticket{
		{
			Kind: ticketDevice, ID: token.ID, Proof: deviceProof(token.Hash(), client.ID), ClientID: client.ID,
			Permission: wanted, State: devicePending, Body: string(device), IssuedAt: now, ExpiresAt: expires,
		},
		{
			Kind: ticketUserCode, ID: userCodeID(s.userCodes, userCode, now), Proof: userCodeProof(token.ID), ClientID: client.ID,
			Body: string(pointer), IssuedAt: now, ExpiresAt: expires,
		},
	}, err
}
