package oauth_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestNameOfAScopeDecidesItsWeight(t *testing.T) {
	for name, want := range map[string]oauth.ScopeWeight{
		"openid": oauth.WeightIdentity, "profile": oauth.WeightIdentity, "phone": oauth.WeightIdentity, "offline_access": oauth.WeightKeep,
		"read": oauth.WeightRead, "calendar.read": oauth.WeightRead, "Calendar.ReadOnly": oauth.WeightRead, "view_orders": oauth.WeightRead, "https://api.example/list": oauth.WeightRead,
		"write": oauth.WeightChange, "read-write": oauth.WeightChange, "calendar": oauth.WeightChange, "bread": oauth.WeightChange, "mail:read,send": oauth.WeightChange, "read.all": oauth.WeightChange, "": oauth.WeightChange,
	} {
		if got := (&oauth.ScopeInfo{Name: name}).EffectiveWeight(); got != want {
			t.Errorf("the weight of %q is %q, want %q", name, got, want)
		}
	}
	for want, info := range map[oauth.ScopeWeight]oauth.ScopeInfo{
		oauth.WeightIdentity: {Name: "groups", Claims: []string{"groups"}},
		oauth.WeightRead:     {Name: "write", Weight: oauth.WeightRead},
		oauth.WeightChange:   {Name: "profile", Weight: oauth.WeightChange},
	} {
		if got := info.EffectiveWeight(); got != want {
			t.Errorf("the weight of %+v is %q, want %q", info, got, want)
		}
	}
}
