package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 8628 §3.5: a device that polls too often has to wait five seconds longer
// each time, and does not get its tokens earlier.
func TestDeviceThatPollsTooOftenIsSlowedDown(t *testing.T) {
	h := newHouse(t, nil)
	started := h.device()
	for i, c := range []struct {
		after time.Duration
		code  string
	}{
		{0, "authorization_pending"},
		{4600 * time.Millisecond, "authorization_pending"}, // a tenth is tolerated
		{0, "authorization_pending"},                       // one repetition is tolerated
		{0, "slow_down"},                                   // now 10 seconds, since the last answer
		{8400 * time.Millisecond, "slow_down"},             // now 15 seconds
		{6 * time.Second, "authorization_pending"},
		{13 * time.Second, "slow_down"}, // now 20 seconds
		{7 * time.Second, "authorization_pending"},
	} {
		h.pass(c.after)
		_, err := h.poll(started.DeviceCode)
		if e, _ := err.(*oauth.Error); e == nil || e.Code != c.code { //nolint:errorlint // as the caller gets it
			t.Errorf("poll %d: got %v, want %s", i, err, c.code)
		}
	}
	h.approveDevice(started.UserCode)
	h.pass(2 * time.Second)
	_, err := h.poll(started.DeviceCode)
	wantCode(t, err, "slow_down")
	h.pass(25 * time.Second)
	if _, err := h.poll(started.DeviceCode); err != nil {
		t.Error(err)
	}
}

// Nobody can slow down a device without its device code, or as another client.
func TestOthersCannotSlowDownADevice(t *testing.T) {
	h := newHouse(t, nil)
	h.add(&oauth.Client{ID: "other", Name: "Other", Type: oauth.Public, GrantTypes: []string{oauth.GrantDeviceCode}})
	started := h.device()
	real, _ := oauth.ParseToken(started.DeviceCode, oauth.KindDeviceCode)
	for range 3 {
		_, err := h.poll(oauth.Token{Kind: oauth.KindDeviceCode, ID: real.ID}.String())
		wantCode(t, err, "invalid_grant")
		_, err = h.poll(started.DeviceCode, "client_id", "other", "client_secret", "")
		wantCode(t, err, "invalid_grant")
	}
	h.approveDevice(started.UserCode)
	if _, err := h.poll(started.DeviceCode); err != nil {
		t.Error(err)
	}
}

// The memory of polls is bounded. A device that was forgotten can poll at once.
func TestMemoryOfPollsIsBounded(t *testing.T) {
	if most := provider.PollsRemembered(200_000); most > 50_000 {
		t.Errorf("%d devices are remembered", most)
	}
}
