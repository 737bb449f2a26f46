package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ticketDeviceAnswer is the kind of the decision about a device whose client was not
// stored when it started, because it registered itself. A Store changes no ticket of a
// client that is not stored, and a denial must not store it. So the first decision is
// a ticket of its own, and a second one is ErrConflict.
const ticketDeviceAnswer oauth.TicketKind = "device_answer"

// deviceAnswerProof folds a random ID, so that no caller can redeem the ticket. It is only read.
func deviceAnswerProof(random oauth.ID) oauth.Hash {
	return oauth.Fold(ticketDeviceAnswer, random.String())
}

// answer returns the ticket of a decision about the device.
func (d *DeviceRequest) answer(state string, now time.Time) oauth.Ticket {
	return oauth.Ticket{
		Kind: ticketDeviceAnswer, ID: deviceAnswerID(d.ID), Proof: deviceAnswerProof(oauth.NewID(now)),
		State: state, IssuedAt: now, ExpiresAt: d.ID.Time().Add(maxDeviceCodeTTL),
	}
}

func deviceAnswerID(device oauth.ID) oauth.ID {
	digest := oauth.HashOf(string(ticketDeviceAnswer), device.String())
	return oauth.IDFrom(device.Time(), [10]byte(digest[:10]))
}

// deviceState returns the state of a device code, which is denied if a person has
// denied it in either way.
func deviceState(ctx context.Context, read oauth.Reader, t oauth.Ticket) (string, error) {
	if t.State != devicePending {
		return t.State, nil
	}
	body, err := readDeviceBody(t)
	if err != nil || !body.Unstored {
		return t.State, err
	}
	switch answer, _, err := read.Ticket(ctx, ticketDeviceAnswer, deviceAnswerID(t.ID)); {
	case errors.Is(err, oauth.ErrNotFound):
		return devicePending, nil
	default:
		return answer.State, err
	}
}

func readDeviceBody(t oauth.Ticket) (body deviceBody, err error) {
	if err := json.Unmarshal([]byte(t.Body), &body); err != nil {
		return body, fmt.Errorf("body of device code %s: %w", t.ID, err)
	}
	return body, nil
}

// decision returns the change of a device code that a decision makes. With a
// permission, the device code counts as issued at the time of the decision: what
// the person revoked before does not affect it.
func (d *DeviceRequest) decision(state string, permission *oauth.Permission, now time.Time) *oauth.ChangeRequest {
	return &oauth.ChangeRequest{Kind: ticketDevice, ID: d.ID, From: devicePending, To: state, Now: now, Permission: permission}
}
