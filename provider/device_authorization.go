package provider

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// DeviceAuthorization is the response of the device authorization endpoint (RFC
// 8628 §3.2).
type DeviceAuthorization struct {
	DeviceCode              string `json:"device_code"`               // a secret, with which the device requests its tokens
	UserCode                string `json:"user_code"`                 // the code that the person enters
	VerificationURI         string `json:"verification_uri"`          // the page where the person enters it
	VerificationURIComplete string `json:"verification_uri_complete"` // the same page with the user code in its query
	ExpiresIn               int64  `json:"expires_in"`                // the lifetime of both codes, in seconds
	Interval                int64  `json:"interval"`                  // how long the device must wait between two requests, in seconds
	// ID is that of the device code, and ClientID the application. They are not sent.
	ID       oauth.ID     `json:"-"`
	ClientID string       `json:"-"` // see ID
	Ignored  oauth.Scopes `json:"-"` // as in AuthorizationRequest
	Unstored bool         `json:"-"` // the application is not stored, because a metadata document describes it
}

// AuthorizeDevice is the device authorization endpoint (RFC 8628 §3.1). The client
// authenticates as at the token endpoint. authorization is the request's
// Authorization header.
func (s *Provider) AuthorizeDevice(ctx context.Context, authorization string, p oauth.Params) (_ *DeviceAuthorization, err error) {
	if err := s.ReadScopes(ctx); err != nil {
		return nil, err
	}
	now := s.now()
	client, err := s.authenticate(ctx, authorization, p)
	if err != nil {
		return nil, err
	}
	defer func() { err = authenticated(client, err) }()
	if !client.Allows(oauth.GrantDeviceCode) {
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "This application is not allowed to use the grant type '%s'. Allow it in the settings of the application.", oauth.GrantDeviceCode).WithReason("forbidden_grant")
	}
	resources, err := s.requestedResources(client, p)
	if err != nil {
		return nil, err
	}
	wanted := oauth.Permission{Details: oauth.Details{Resources: s.granted(resources)}}
	var ignored oauth.Scopes
	if wanted.Scope, ignored, err = s.requestedScope(ctx, client, p.Get("scope"), wanted.Details.Resources, client.Allows(oauth.GrantRefreshToken)); err != nil {
		return nil, err
	}
	if wanted.Scope.HasAdminScope() {
		return nil, errAdminScopeOfDevice()
	}
	if err := s.limits.devices.takeUnlessTrusted(ctx, client, now); err != nil {
		return nil, err
	}
	address := ""
	if addr := addressOf(ctx); addr.IsValid() {
		address = addr.Unmap().WithZone("").String()
	}
	token := oauth.NewToken(oauth.KindDeviceCode, now)
	userCode, err := s.putDevice(ctx, client, token, address, wanted, now)
	if err != nil {
		return nil, err
	}
	page := cmp.Or(s.DeviceVerificationURI, s.Issuer+"/device/")
	return &DeviceAuthorization{
		DeviceCode: token.String(), UserCode: showUserCode(userCode),
		VerificationURI: page, VerificationURIComplete: withQuery(page, "user_code", showUserCode(userCode)),
		ExpiresIn: int64(lifetime(client.DeviceCodeTTL, s.DeviceCodeTTL) / time.Second), Interval: int64((s.DevicePollInterval + time.Second - 1) / time.Second),
		ID: token.ID, ClientID: client.ID, Ignored: ignored, Unstored: client.Version == 0,
	}, nil
}

// putDevice writes the device code and a user code that nobody else has in this
// hour.
func (s *Provider) putDevice(ctx context.Context, client *oauth.Client, token oauth.Token, address string, wanted oauth.Permission, now time.Time) (userCode string, err error) {
	const attempts = 4 // two codes are the same once in billions
	for range attempts {
		userCode = newUserCode()
		tickets, err := s.newDevice(client, token, userCode, address, wanted, now)
		if err != nil {
			return "", err
		}
		if err = s.Store.Put(ctx, tickets...); !errors.Is(err, oauth.ErrConflict) {
			return userCode, err
		}
	}
	return "", oauth.ErrConflict
}
