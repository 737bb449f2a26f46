package provider

import "context"

// ExtendReplayWindows does once what Run does every second.
func ExtendReplayWindows(ctx context.Context, s *Provider) { s.extendReplayWindows(ctx) }

// WriteSecretUses does once what Run does every minute.
func WriteSecretUses(ctx context.Context, s *Provider) { s.writeUses(ctx) }
