package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A loginMistake is an error of a login, or of a new account, that the steps of an attempt show.
type loginMistake struct {
	err    error
	reason string // of the oauth.LoginFailure
}

// loginMistakes returns all of them. The first one that an error contains is its reason: the error for
// a disabled account is also one for a wrong password.
func loginMistakes() []loginMistake {
	return []loginMistake{
		{account.ErrDisabled, oauth.DeniedDisabled},
		{account.ErrWrongPassword, oauth.OutcomeWrongPassword},
		{account.ErrWrongCode, oauth.OutcomeWrongCode},
		{account.ErrFactorUsed, oauth.OutcomeWrongCode},
		{account.ErrNoEmailCode, oauth.OutcomeWrongCode},
		{account.ErrPasskey, oauth.FailureWrongPasskey},
		{account.ErrNoAccount, oauth.DeniedNoAccount},
		{account.ErrAddressInUse, oauth.DeniedAddressInUse},
		{upstream.ErrEmailDomain, oauth.DeniedEmailDomain},
		{upstream.ErrGroup, oauth.DeniedGroup},
		{upstream.ErrNotFresh, oauth.DeniedNotFresh},
		{errNoNewLogin, oauth.DeniedNotFresh},
		{upstream.ErrRefused, oauth.FailureProviderRefused},
		{upstream.ErrUnavailable, oauth.FailureProviderUnavailable},
		{upstream.ErrInvalid, oauth.FailureProviderInvalid},
		{account.ErrInvalidLink, oauth.FailureInvitation},
		{account.ErrConflict, oauth.FailureSignUp},
	}
}

// loginFailureReason returns the reason of an error of a login, or "" if the steps of an attempt do not
// show it, such as a failure of this server, which has an error ID.
func loginFailureReason(err error) string {
	for _, m := range loginMistakes() {
		if errors.Is(err, m.err) {
			return m.reason
		}
	}
	_, noInvitation := errors.AsType[*account.InvitationError](err)
	switch {
	case isThrottled(err):
		return oauth.OutcomeThrottled
	case noInvitation:
		return oauth.FailureInvitation
	case isFieldErrors(err):
		return oauth.FailureSignUp
	}
	return ""
}

// noteLoginFailure notes a mistake or a refusal at the login in the flow that the person continues
// afterwards. provider is the name of the login provider, or empty. As in noteStep, an application
// that is not stored has no flow.
func (h *Handler) noteLoginFailure(r *http.Request, provider string, err error) {
	reason := loginFailureReason(err)
	if reason == "" {
		return
	}
	req := h.pendingRequest(r, nextPage(r))
	if req == nil || req.Client == nil || req.Client.Version == 0 {
		return
	}
	f := reached(req)
	f.LoginFailures = []oauth.LoginFailure{{Reason: reason, Provider: provider, At: h.Clock()}}
	h.Flows.Add(f)
}

type nextKey struct{}

// withNext returns a request that continues at next, which is not one of its parameters.
func withNext(r *http.Request, next string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), nextKey{}, next))
}

// nextPage returns where the person continues after the page of a request.
func nextPage(r *http.Request) string {
	next, _ := r.Context().Value(nextKey{}).(string)
	return localPath(cmp.Or(next, r.Form.Get("next")), "/")
}
