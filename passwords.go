package latchkey

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// passwordCheck returns the check of passwords for the grant type password, or nil
// if the host logs people in.
func (s *Server) passwordCheck() provider.PasswordCheck {
	if !s.options.ownLogin() {
		return nil
	}
	return s.checkPassword
}

func (s *Server) checkPassword(ctx context.Context, attempt provider.PasswordAttempt) (oauth.Authentication, error) {
	user, err := s.accounts.CheckPassword(ctx, account.Attempt{Username: attempt.Username, Password: attempt.Password, Address: attempt.Address})
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		e := oauth.Errorf(oauth.CodeInvalidGrant, "There were too many wrong passwords for this person or from this network address. Try again later.").WithReason("throttled")
		e.RetryAfter = throttled.RetryAfter
		return oauth.Authentication{}, e
	}
	if err == nil && len(user.Factors) > 0 {
		return oauth.Authentication{}, oauth.Errorf(oauth.CodeInvalidGrant, "This person has a second factor, so the application must use the authorization code grant.").WithReason("second_factor")
	}
	if errors.Is(err, account.ErrWrongPassword) {
		return oauth.Authentication{}, oauth.ErrNotFound
	}
	if err != nil {
		return oauth.Authentication{}, err
	}
	return oauth.Authentication{
		Subject: user.ID, AuthTime: s.options.Clock(), ACR: s.provider.ACR(oauth.AssuranceOneFactor), AMR: []string{account.MethodPassword},
		Assurance: &oauth.Assurance{Level: oauth.AssuranceOneFactor, Reachable: oauth.AssuranceOneFactor, Admin: len(user.Roles()) > 0},
	}, nil
}
