package provider

import "context"

// ExtendReplayWindows does once what Run does every second.
func ExtendReplayWindows(ctx context.Context, s *Provider) { s.extendReplayWindows(ctx) }
