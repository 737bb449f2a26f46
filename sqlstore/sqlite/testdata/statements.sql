DELETE FROM latchkey_access_token WHERE id = $1 AND hash = $2 AND client_id = $3 RETURNING family_id, subject
;
DELETE FROM latchkey_account WHERE id = $1 AND (disabled = 1 OR admin = 0 AND NOT EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1))) AND version = $2 RETURNING id, email, claims
;
DELETE FROM latchkey_account WHERE id = $1 AND (disabled = 1 OR admin = 0 AND NOT EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1))) RETURNING id, email, claims
;
DELETE FROM latchkey_account WHERE id = $1 AND delete_at > 0 AND delete_at <= $2 RETURNING id, email, claims
;
DELETE FROM latchkey_account WHERE id = $1 AND expires_at > 0 AND expires_at <= $2
;
DELETE FROM latchkey_audit WHERE seq <= $1
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4, $5)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4, $5, $6)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4, $5, $6, $7)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
;
DELETE FROM latchkey_audit_queue WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
;
DELETE FROM latchkey_client WHERE id = $1
;
DELETE FROM latchkey_client WHERE id = $1 AND (EXISTS (SELECT 1 FROM latchkey_account WHERE id = $1)
		OR EXISTS (SELECT 1 FROM latchkey_subject WHERE id = $1) OR EXISTS (SELECT 1 FROM latchkey_consent WHERE subject = $1))
;
DELETE FROM latchkey_client WHERE id = $1 AND expires_at > 0 AND expires_at <= $2
;
DELETE FROM latchkey_consent WHERE (subject, client_id) IN (VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32), ($33, $34), ($35, $36), ($37, $38), ($39, $40), ($41, $42), ($43, $44), ($45, $46), ($47, $48), ($49, $50), ($51, $52), ($53, $54), ($55, $56), ($57, $58), ($59, $60), ($61, $62), ($63, $64), ($65, $66), ($67, $68), ($69, $70), ($71, $72), ($73, $74), ($75, $76), ($77, $78), ($79, $80), ($81, $82), ($83, $84), ($85, $86), ($87, $88), ($89, $90), ($91, $92), ($93, $94), ($95, $96), ($97, $98), ($99, $100), ($101, $102), ($103, $104), ($105, $106), ($107, $108), ($109, $110), ($111, $112), ($113, $114), ($115, $116), ($117, $118), ($119, $120), ($121, $122), ($123, $124), ($125, $126), ($127, $128), ($129, $130), ($131, $132), ($133, $134), ($135, $136), ($137, $138), ($139, $140), ($141, $142), ($143, $144), ($145, $146), ($147, $148), ($149, $150), ($151, $152), ($153, $154), ($155, $156), ($157, $158), ($159, $160), ($161, $162), ($163, $164), ($165, $166), ($167, $168), ($169, $170), ($171, $172), ($173, $174), ($175, $176), ($177, $178), ($179, $180), ($181, $182), ($183, $184), ($185, $186), ($187, $188), ($189, $190), ($191, $192), ($193, $194), ($195, $196), ($197, $198), ($199, $200), ($201, $202), ($203, $204), ($205, $206), ($207, $208), ($209, $210), ($211, $212), ($213, $214), ($215, $216), ($217, $218), ($219, $220), ($221, $222), ($223, $224), ($225, $226), ($227, $228), ($229, $230), ($231, $232), ($233, $234), ($235, $236), ($237, $238), ($239, $240), ($241, $242), ($243, $244), ($245, $246), ($247, $248), ($249, $250), ($251, $252), ($253, $254), ($255, $256), ($257, $258), ($259, $260), ($261, $262), ($263, $264), ($265, $266), ($267, $268), ($269, $270), ($271, $272), ($273, $274), ($275, $276), ($277, $278), ($279, $280), ($281, $282), ($283, $284), ($285, $286), ($287, $288), ($289, $290), ($291, $292), ($293, $294), ($295, $296), ($297, $298), ($299, $300), ($301, $302), ($303, $304), ($305, $306), ($307, $308), ($309, $310), ($311, $312), ($313, $314), ($315, $316), ($317, $318), ($319, $320), ($321, $322), ($323, $324), ($325, $326), ($327, $328), ($329, $330), ($331, $332), ($333, $334), ($335, $336), ($337, $338), ($339, $340), ($341, $342), ($343, $344), ($345, $346), ($347, $348), ($349, $350), ($351, $352), ($353, $354), ($355, $356), ($357, $358), ($359, $360), ($361, $362), ($363, $364), ($365, $366), ($367, $368), ($369, $370), ($371, $372), ($373, $374), ($375, $376), ($377, $378), ($379, $380), ($381, $382), ($383, $384), ($385, $386), ($387, $388), ($389, $390), ($391, $392), ($393, $394), ($395, $396), ($397, $398), ($399, $400))
;
DELETE FROM latchkey_consent WHERE subject = $1 AND client_id = $2
;
DELETE FROM latchkey_definition WHERE kind = $1 AND name = $2 AND (version = $3 OR $3 = 0)
;
DELETE FROM latchkey_deleted_client WHERE id = $1
;
DELETE FROM latchkey_deleted_client WHERE id = $1 AND expires_at <= $2
;
DELETE FROM latchkey_factor WHERE id = $1 AND user_id = $2
;
DELETE FROM latchkey_factor WHERE kind = $1 AND created_at <= $2
;
DELETE FROM latchkey_factor WHERE user_id = $1
;
DELETE FROM latchkey_family WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200)
;
DELETE FROM latchkey_flow WHERE id IN (
	SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY client_id, known ORDER BY id DESC) AS place FROM latchkey_flow WHERE client_id IN ($2)) AS f WHERE place > $1)
;
DELETE FROM latchkey_flow WHERE id IN (
	SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY client_id, known ORDER BY id DESC) AS place FROM latchkey_flow WHERE client_id IN ($2, $3)) AS f WHERE place > $1)
;
DELETE FROM latchkey_group WHERE id = $1
;
DELETE FROM latchkey_initial_access_token WHERE id = $1
;
DELETE FROM latchkey_invitation WHERE id = $1
;
DELETE FROM latchkey_invitation WHERE lower(email) = lower(CAST($1 AS TEXT))
;
DELETE FROM latchkey_lease WHERE (name LIKE $1 OR name LIKE $2) AND (until <= $3 OR name IN ($4, $5, $6))
;
DELETE FROM latchkey_lease WHERE name = $1
;
DELETE FROM latchkey_lease WHERE name IN ($1, $2, $3)
;
DELETE FROM latchkey_login_provider WHERE name = $1
;
DELETE FROM latchkey_login_provider WHERE name = $1 AND version = $2
;
DELETE FROM latchkey_mail WHERE id = $1
;
DELETE FROM latchkey_mail WHERE user_id = $1
;
DELETE FROM latchkey_member WHERE group_id = $1 AND user_id IN (SELECT value FROM json_each($2))
;
DELETE FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1
;
DELETE FROM latchkey_member WHERE user_id = $1
;
DELETE FROM latchkey_picture WHERE user_id = $1
;
DELETE FROM latchkey_picture WHERE user_id = $1 AND CAST($2 AS TEXT) NOT LIKE '%/' || id || '/'
;
DELETE FROM latchkey_rejection WHERE client_id = $1 AND reason = $2 AND id NOT IN (
	SELECT id FROM (SELECT id, at, row_number() OVER (PARTITION BY source ORDER BY at DESC, id DESC) AS place, row_number() OVER (ORDER BY at, id) AS age
		FROM latchkey_rejection WHERE client_id = $1 AND reason = $2) AS r WHERE place <= $3 OR age = 1
	ORDER BY CASE age WHEN 1 THEN 0 ELSE place END, at DESC, id DESC LIMIT $4)
;
DELETE FROM latchkey_removal WHERE kind = $1 AND subject = $2 AND target = $3 AND at = $4
;
DELETE FROM latchkey_revoked_jwt WHERE id = $1
;
DELETE FROM latchkey_secret_use WHERE client_id = $1
;
DELETE FROM latchkey_secret_use WHERE client_id = $1 AND used_at < $2
;
DELETE FROM latchkey_session WHERE id = $1
;
DELETE FROM latchkey_session WHERE id = $1 RETURNING user_id
;
DELETE FROM latchkey_session WHERE user_id = $1 AND id <> $2
;
DELETE FROM latchkey_ticket WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200)
;
DELETE FROM latchkey_ticket WHERE spent_at = 0 AND id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200)
;
DELETE FROM latchkey_webhook_message WHERE id = $1
;
INSERT INTO latchkey_access_entry (id, entries) VALUES (0, $1) ON CONFLICT DO NOTHING
;
INSERT INTO latchkey_access_recent (run, since, until, expires_at, tokens, recount_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run) DO NOTHING
;
INSERT INTO latchkey_access_recent_entry (id, entries) VALUES (CAST($1 AS BIGINT) + 0, $2), (CAST($1 AS BIGINT) + 1, $3), (CAST($1 AS BIGINT) + 2, $4), (CAST($1 AS BIGINT) + 3, $5), (CAST($1 AS BIGINT) + 4, $6), (CAST($1 AS BIGINT) + 5, $7), (CAST($1 AS BIGINT) + 6, $8), (CAST($1 AS BIGINT) + 7, $9), (CAST($1 AS BIGINT) + 8, $10), (CAST($1 AS BIGINT) + 9, $11), (CAST($1 AS BIGINT) + 10, $12), (CAST($1 AS BIGINT) + 11, $13), (CAST($1 AS BIGINT) + 12, $14), (CAST($1 AS BIGINT) + 13, $15), (CAST($1 AS BIGINT) + 14, $16), (CAST($1 AS BIGINT) + 15, $17), (CAST($1 AS BIGINT) + 16, $18), (CAST($1 AS BIGINT) + 17, $19), (CAST($1 AS BIGINT) + 18, $20), (CAST($1 AS BIGINT) + 19, $21), (CAST($1 AS BIGINT) + 20, $22), (CAST($1 AS BIGINT) + 21, $23), (CAST($1 AS BIGINT) + 22, $24), (CAST($1 AS BIGINT) + 23, $25), (CAST($1 AS BIGINT) + 24, $26)
;
INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at, audience) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
;
INSERT INTO latchkey_access_token (id, hash, client_id, subject, family_id, scope, issued_at, expires_at, audience) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_account (id, username, canonical, email, name, claims, password, admin, disabled, created_at, updated_at, last_login_at, version, login_epoch, skeleton, expires_at, factors, roles)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 0, $13, $14, $18, $19
		WHERE ($15 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account)) AND ($16 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account WHERE skeleton = $13))
		AND ($17 = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_account WHERE admin = 1) AND NOT EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE g.admin = 1))
		AND NOT EXISTS (SELECT 1 FROM latchkey_subject WHERE id = $1 AND blocked = 1)
		AND NOT EXISTS (SELECT 1 FROM latchkey_client WHERE id = $1) AND NOT EXISTS (SELECT 1 FROM latchkey_deleted_client WHERE id = $1)
		ON CONFLICT DO NOTHING
;
INSERT INTO latchkey_attempt (key, count, open, until) VALUES ($1, $2, $3, $4)
	ON CONFLICT (key) DO UPDATE SET
	count = CASE WHEN latchkey_attempt.until > $5 THEN latchkey_attempt.count ELSE 0 END + excluded.count,
	open = CASE WHEN latchkey_attempt.until > $5 THEN latchkey_attempt.open ELSE 0 END + excluded.open,
	until = CASE WHEN latchkey_attempt.until > $5 THEN latchkey_attempt.until ELSE excluded.until END
	RETURNING count, open, until
;
INSERT INTO latchkey_audit (id, at, event, category, failed, actor, person, client_id, error_id, body, origin, origin_salt, origin_digest, details, details_salt, details_digest, seq, hash, seal, target) VALUES  ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
;
INSERT INTO latchkey_audit_head (name, seq, hash, seal, at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal, at = excluded.at
	WHERE latchkey_audit_head.seq = $6 AND latchkey_audit_head.hash = $7
;
INSERT INTO latchkey_audit_queue (id, at, event, category, failed, actor, person, client_id, error_id, body, origin, origin_salt, origin_digest, details, details_salt, details_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_client (id, name, type, owner_id, disabled, revoked_before, created_at, updated_at, version, settings, expires_at, co_owners)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_consent (subject, client_id, scope, granted_at, updated_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (subject, client_id) DO NOTHING
;
INSERT INTO latchkey_definition (kind, name, settings, version, created_at, updated_at)
			SELECT $1, $2, $3, 1, $4, $5 WHERE (SELECT COUNT(*) FROM latchkey_definition WHERE kind = $1) < $6 ON CONFLICT (kind, name) DO NOTHING
;
INSERT INTO latchkey_deleted_client (id, client, deleted_at, expires_at) VALUES ($1, $2, $3, $4)
;
INSERT INTO latchkey_factor (id, user_id, kind, name, body, step, counter, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
;
INSERT INTO latchkey_family (id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until,
	issued_at, idle_expires_at, expires_at, revoked_at, access_audience, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, $12, $13, $14, 0, '', $15)
;
INSERT INTO latchkey_family (id, client_id, subject, session_id, scope, auth_time, details, hash, previous, generation, rotated_at, access_scope, replay_until,
	issued_at, idle_expires_at, expires_at, revoked_at, access_audience, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, $12, $13, $14, 0, '', $15) ON CONFLICT (id) DO UPDATE SET issued_at = excluded.issued_at, idle_expires_at = excluded.idle_expires_at, expires_at = excluded.expires_at
		WHERE latchkey_family.revoked_at = 0
;
INSERT INTO latchkey_flow (id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known, device, entered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO UPDATE SET error_id = CASE WHEN excluded.error_id <> '' AND excluded.failed_at >= latchkey_flow.failed_at THEN excluded.error_id ELSE latchkey_flow.error_id END, began_at = CASE WHEN excluded.began_at > latchkey_flow.began_at THEN excluded.began_at ELSE latchkey_flow.began_at END, login_at = CASE WHEN excluded.login_at > latchkey_flow.login_at THEN excluded.login_at ELSE latchkey_flow.login_at END, factor_at = CASE WHEN excluded.factor_at > latchkey_flow.factor_at THEN excluded.factor_at ELSE latchkey_flow.factor_at END, consent_at = CASE WHEN excluded.consent_at > latchkey_flow.consent_at THEN excluded.consent_at ELSE latchkey_flow.consent_at END, approved_at = CASE WHEN excluded.approved_at > latchkey_flow.approved_at THEN excluded.approved_at ELSE latchkey_flow.approved_at END, denied_at = CASE WHEN excluded.denied_at > latchkey_flow.denied_at THEN excluded.denied_at ELSE latchkey_flow.denied_at END, token_at = CASE WHEN excluded.token_at > latchkey_flow.token_at THEN excluded.token_at ELSE latchkey_flow.token_at END, failed_at = CASE WHEN excluded.failed_at > latchkey_flow.failed_at THEN excluded.failed_at ELSE latchkey_flow.failed_at END, known = CASE WHEN excluded.known > latchkey_flow.known THEN excluded.known ELSE latchkey_flow.known END, device = CASE WHEN excluded.device > latchkey_flow.device THEN excluded.device ELSE latchkey_flow.device END, entered_at = CASE WHEN excluded.entered_at > latchkey_flow.entered_at THEN excluded.entered_at ELSE latchkey_flow.entered_at END WHERE latchkey_flow.client_id = excluded.client_id
;
INSERT INTO latchkey_flow (id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known, device, entered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14), ($15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28) ON CONFLICT (id) DO UPDATE SET error_id = CASE WHEN excluded.error_id <> '' AND excluded.failed_at >= latchkey_flow.failed_at THEN excluded.error_id ELSE latchkey_flow.error_id END, began_at = CASE WHEN excluded.began_at > latchkey_flow.began_at THEN excluded.began_at ELSE latchkey_flow.began_at END, login_at = CASE WHEN excluded.login_at > latchkey_flow.login_at THEN excluded.login_at ELSE latchkey_flow.login_at END, factor_at = CASE WHEN excluded.factor_at > latchkey_flow.factor_at THEN excluded.factor_at ELSE latchkey_flow.factor_at END, consent_at = CASE WHEN excluded.consent_at > latchkey_flow.consent_at THEN excluded.consent_at ELSE latchkey_flow.consent_at END, approved_at = CASE WHEN excluded.approved_at > latchkey_flow.approved_at THEN excluded.approved_at ELSE latchkey_flow.approved_at END, denied_at = CASE WHEN excluded.denied_at > latchkey_flow.denied_at THEN excluded.denied_at ELSE latchkey_flow.denied_at END, token_at = CASE WHEN excluded.token_at > latchkey_flow.token_at THEN excluded.token_at ELSE latchkey_flow.token_at END, failed_at = CASE WHEN excluded.failed_at > latchkey_flow.failed_at THEN excluded.failed_at ELSE latchkey_flow.failed_at END, known = CASE WHEN excluded.known > latchkey_flow.known THEN excluded.known ELSE latchkey_flow.known END, device = CASE WHEN excluded.device > latchkey_flow.device THEN excluded.device ELSE latchkey_flow.device END, entered_at = CASE WHEN excluded.entered_at > latchkey_flow.entered_at THEN excluded.entered_at ELSE latchkey_flow.entered_at END WHERE latchkey_flow.client_id = excluded.client_id
;
INSERT INTO latchkey_group (id, name, canonical, description, admin, roles, created_at, updated_at, version, external_id, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 1) ON CONFLICT DO NOTHING
;
INSERT INTO latchkey_initial_access_token (id, hash, name, uses, used, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
;
INSERT INTO latchkey_invitation (id, email, note, admin, created_by, created_at, expires_at, used_at, withdrawn_at, delete_at, roles, application, locale)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $11)
;
INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE latchkey_lease.holder = excluded.holder OR latchkey_lease.until <= $4
;
INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3), ($4, $5, $3)
;
INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, 0) ON CONFLICT (name) DO UPDATE SET until = 0
;
INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, '', 0) ON CONFLICT (name) DO NOTHING
;
INSERT INTO latchkey_lease (name, holder, until) VALUES ('accounts', '', 0) ON CONFLICT (name) DO UPDATE SET holder = ''
;
INSERT INTO latchkey_lease (name, holder, until) VALUES ('mail', '', 0) ON CONFLICT (name) DO UPDATE SET until = 0
;
INSERT INTO latchkey_login_provider (name, settings, secret, version, created_at, updated_at)
			SELECT $1, $2, $3, 1, $4, $5 WHERE (SELECT COUNT(*) FROM latchkey_login_provider) < $6 ON CONFLICT (name) DO NOTHING
;
INSERT INTO latchkey_mail (id, kind, recipient, user_id, source, details, rank, created_at, next_at, expires_at, attempts)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
;
INSERT INTO latchkey_member (group_id, user_id, added_at) SELECT $1, id, $3 FROM latchkey_account WHERE id IN (SELECT value FROM json_each($2)) ON CONFLICT DO NOTHING
;
INSERT INTO latchkey_picture (user_id, id, image, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, image = excluded.image, created_at = excluded.created_at
;
INSERT INTO latchkey_rejection (id, at, client_id, named, reason, source, code, description, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_removal (kind, subject, target, at, issued_until, done) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (subject, kind, target) DO NOTHING
;
INSERT INTO latchkey_revoked_jwt (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_secret_use (client_id, secret_id, used_at)
			SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM latchkey_client WHERE id = $1) ON CONFLICT (client_id, secret_id) DO UPDATE
			SET used_at = excluded.used_at WHERE excluded.used_at > latchkey_secret_use.used_at
;
INSERT INTO latchkey_session (id, user_id, hash, auth_time, created_at, seen_at, idle_expires_at, expires_at, address, user_agent, methods, confirmed_at, sweep_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
;
INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts) VALUES ($1, $2, $3, $4, 0, 0, 0) ON CONFLICT (session_id, client_id, subject) DO UPDATE SET expires_at = excluded.expires_at, ended_at = 0, notify_at = 0, attempts = 0
	WHERE (latchkey_session_client.ended_at = 0 AND latchkey_session_client.expires_at < excluded.expires_at - 86400000)
	OR (latchkey_session_client.ended_at <> 0 AND latchkey_session_client.ended_at < $5)
;
INSERT INTO latchkey_session_client (session_id, client_id, subject, expires_at, ended_at, notify_at, attempts) VALUES ($1, '', '', $2, $3, 0, 0)
			ON CONFLICT (session_id, client_id, subject) DO UPDATE SET expires_at = excluded.expires_at, ended_at = excluded.ended_at
;
INSERT INTO latchkey_signing_key (id, alg, public, private, created_at, active_at, retired_at, expires_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8
			WHERE $9 = coalesce((SELECT id FROM latchkey_signing_key WHERE alg = $2 ORDER BY created_at DESC, id DESC LIMIT 1), '')
			ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_subject (id, blocked, revoked_before) SELECT id, 0, $2 FROM latchkey_account WHERE id IN (SELECT user_id FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1)
		ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before
;
INSERT INTO latchkey_subject (id, blocked, revoked_before) SELECT id, 0, $2 FROM latchkey_account WHERE id IN (SELECT value FROM json_each($1))
		ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before
;
INSERT INTO latchkey_subject (id, blocked, revoked_before) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET blocked = excluded.blocked,
		revoked_before = CASE WHEN excluded.revoked_before > latchkey_subject.revoked_before THEN excluded.revoked_before ELSE latchkey_subject.revoked_before END
;
INSERT INTO latchkey_subject (id, blocked, revoked_before) VALUES ($1, 0, $2)
		ON CONFLICT (id) DO UPDATE SET revoked_before = excluded.revoked_before WHERE excluded.revoked_before > latchkey_subject.revoked_before
;
INSERT INTO latchkey_subject (id, blocked, revoked_before, pending) VALUES ($1, 0, 0, 1) ON CONFLICT (id) DO UPDATE SET pending = latchkey_subject.pending + 1
;
INSERT INTO latchkey_tally (period, at, series, n, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (period, at, series) DO UPDATE SET n = excluded.n
;
INSERT INTO latchkey_tally (period, at, series, n, expires_at) VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10) ON CONFLICT (period, at, series) DO UPDATE SET n = latchkey_tally.n + excluded.n
;
INSERT INTO latchkey_tally (period, at, series, n, expires_at) VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15), ($16, $17, $18, $19, $20) ON CONFLICT (period, at, series) DO UPDATE SET n = latchkey_tally.n + excluded.n
;
INSERT INTO latchkey_tally (period, at, series, n, expires_at) VALUES ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15), ($16, $17, $18, $19, $20), ($21, $22, $23, $24, $25), ($26, $27, $28, $29, $30), ($31, $32, $33, $34, $35), ($36, $37, $38, $39, $40), ($41, $42, $43, $44, $45), ($46, $47, $48, $49, $50), ($51, $52, $53, $54, $55), ($56, $57, $58, $59, $60), ($61, $62, $63, $64, $65), ($66, $67, $68, $69, $70), ($71, $72, $73, $74, $75), ($76, $77, $78, $79, $80), ($81, $82, $83, $84, $85), ($86, $87, $88, $89, $90), ($91, $92, $93, $94, $95), ($96, $97, $98, $99, $100), ($101, $102, $103, $104, $105), ($106, $107, $108, $109, $110), ($111, $112, $113, $114, $115), ($116, $117, $118, $119, $120), ($121, $122, $123, $124, $125), ($126, $127, $128, $129, $130), ($131, $132, $133, $134, $135), ($136, $137, $138, $139, $140), ($141, $142, $143, $144, $145), ($146, $147, $148, $149, $150) ON CONFLICT (period, at, series) DO UPDATE SET n = latchkey_tally.n + excluded.n
;
INSERT INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ON CONFLICT (id) DO NOTHING
;
INSERT INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ON CONFLICT (id) DO UPDATE SET proof = excluded.proof, client_id = excluded.client_id, subject = excluded.subject, session_id = excluded.session_id,
	scope = excluded.scope, auth_time = excluded.auth_time, details = excluded.details, state = excluded.state, body = excluded.body,
	issued_at = CASE WHEN latchkey_ticket.proof = excluded.proof AND latchkey_ticket.expires_at > $15 THEN latchkey_ticket.issued_at ELSE excluded.issued_at END,
	expires_at = CASE WHEN latchkey_ticket.proof = excluded.proof AND latchkey_ticket.expires_at > $15 THEN latchkey_ticket.expires_at ELSE excluded.expires_at END
	WHERE latchkey_ticket.spent_at = 0 AND latchkey_ticket.kind = excluded.kind AND (latchkey_ticket.proof = excluded.proof OR latchkey_ticket.proof = $14) RETURNING issued_at
;
INSERT INTO latchkey_webhook_message (id, webhook, body, created_at, next_at, expires_at, attempts)
			SELECT $1, $2, $3, $4, $5, $6, 0 WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM latchkey_webhook_message WHERE webhook = $2 LIMIT $7) AS waiting) < $7
;
INSERT OR FAIL INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE TRUE AND EXISTS (SELECT 1 FROM latchkey_consent c WHERE c.subject = $22 AND c.client_id = $23 AND c.scope = $24) ON CONFLICT (id) DO NOTHING
;
INSERT OR FAIL INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE TRUE AND EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = $16 AND l.expires_at > $15 AND l.idle_expires_at > $15) AND NOT EXISTS (SELECT 1 FROM latchkey_session_client k WHERE k.session_id = $17 AND k.client_id = $18 AND k.subject = $19 AND k.ended_at >= $15) ON CONFLICT (id) DO NOTHING
;
INSERT OR FAIL INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE TRUE AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = $25 AND e.client_id = '' AND e.subject = '' AND e.ended_at >= $15) ON CONFLICT (id) DO NOTHING
;
INSERT OR FAIL INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE TRUE AND NOT EXISTS (SELECT 1 FROM latchkey_session_client k WHERE k.session_id = $17 AND k.client_id = $18 AND k.subject = $19 AND k.ended_at >= $15) AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = $25 AND e.client_id = '' AND e.subject = '' AND e.ended_at >= $15) ON CONFLICT (id) DO NOTHING
;
INSERT OR FAIL INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE TRUE AND NOT EXISTS (SELECT 1 FROM latchkey_session_client k WHERE k.session_id = $17 AND k.client_id = $18 AND k.subject = $19 AND k.ended_at >= $15) ON CONFLICT (id) DO NOTHING
;
INSERT OR FAIL INTO latchkey_ticket (id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0 WHERE TRUE ON CONFLICT (id) DO NOTHING
;
SELECT (SELECT COUNT(*) FROM latchkey_mail WHERE rank = $1), (SELECT COUNT(*) FROM latchkey_mail WHERE rank = $1 AND lower(recipient) = lower($2) AND kind = $3),
		(SELECT COUNT(*) FROM latchkey_mail WHERE source = $4 AND source <> '')
;
SELECT (SELECT count(*) FROM latchkey_client t WHERE t.id = $1 AND (t.owner_id = $2 OR (t.co_owners <> '' AND replace(t.co_owners, $3, '') <> t.co_owners))),
		(SELECT count(*) FROM latchkey_client t WHERE t.owner_id = $2)
;
SELECT (SELECT count(*) FROM latchkey_group WHERE canonical = $2 AND id <> $1) + (SELECT count(*) FROM latchkey_group WHERE external_id <> '' AND external_id = $3 AND id <> $1)
;
SELECT (SELECT count(*) FROM latchkey_member m JOIN latchkey_account a ON a.id = m.user_id WHERE m.group_id >= $1 AND m.group_id <= $1 AND a.disabled = 0 AND NOT m.user_id IN (SELECT value FROM json_each($2))), (SELECT count(*) FROM latchkey_member m JOIN latchkey_account a ON a.id = m.user_id WHERE m.group_id >= $1 AND m.group_id <= $1 AND a.disabled = 0 AND m.user_id IN (SELECT value FROM json_each($2)))
;
SELECT 1 FROM latchkey_account WHERE id = $1
;
SELECT 1 FROM latchkey_account WHERE id = $1 AND disabled = 0 AND login_epoch = $2
;
SELECT 1 FROM latchkey_account WHERE id = $1 AND login_epoch = $2 AND disabled = 0
;
SELECT 1 FROM latchkey_audit_head WHERE name = $1
;
SELECT 1 FROM latchkey_client WHERE id = $1
;
SELECT 1 FROM latchkey_consent WHERE subject = $1 AND client_id = $2 AND scope = $3
;
SELECT 1 FROM latchkey_definition WHERE kind = $1 AND name = $2
;
SELECT 1 FROM latchkey_deleted_client WHERE id = $1
;
SELECT 1 FROM latchkey_factor WHERE id = $1
;
SELECT 1 FROM latchkey_family WHERE session_id = $1 LIMIT 1 OFFSET 200
;
SELECT 1 FROM latchkey_family WHERE subject = $1 AND client_id = $2 LIMIT 1
;
SELECT 1 FROM latchkey_family WHERE subject = $1 LIMIT 1 OFFSET 200
;
SELECT 1 FROM latchkey_family t LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE t.id = $1 AND (t.revoked_at <> 0 OR NOT (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
;
SELECT 1 FROM latchkey_invitation WHERE id = $1
;
SELECT 1 FROM latchkey_lease WHERE name = $1
;
SELECT 1 FROM latchkey_login_provider WHERE name = $1
;
SELECT 1 FROM latchkey_removal WHERE kind = 'client' AND subject = '' AND target = $1
;
SELECT 1 FROM latchkey_removal WHERE kind = 'person' AND subject = $1
;
SELECT 1 FROM latchkey_revoked_jwt WHERE id = $1
;
SELECT 1 FROM latchkey_session WHERE id = $1 AND user_id = $2
;
SELECT 1 FROM latchkey_session WHERE user_id = $1 LIMIT 1 OFFSET 200
;
SELECT 1 FROM latchkey_session l WHERE l.id = $1 AND l.expires_at > $2 AND l.idle_expires_at > $2
;
SELECT 1 FROM latchkey_session_client WHERE session_id = $1 LIMIT 1 OFFSET 200
;
SELECT 1 FROM latchkey_session_client WHERE subject = $1 LIMIT 1 OFFSET 200
;
SELECT 1 FROM latchkey_signing_key WHERE id = $1
;
SELECT 1 FROM latchkey_ticket WHERE id = $1
;
SELECT 1 FROM latchkey_webhook_message WHERE next_at <= $1 ORDER BY next_at LIMIT 1
;
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM latchkey_session_client WHERE session_id = $1 AND client_id = '' AND subject = '' AND ended_at >= $2)
;
SELECT CASE WHEN EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account a WHERE a.admin = 1 AND a.disabled = 0)
		OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account a ON a.id = m.user_id WHERE g.admin = 1 AND a.disabled = 0 AND g.id <> $1)
		THEN 1 ELSE 0 END
;
SELECT CASE WHEN ended_at >= $4 THEN 1 ELSE 0 END FROM latchkey_session_client WHERE session_id = $1 AND client_id = $2 AND subject = $3
;
SELECT CASE WHEN login_epoch = $2 AND disabled = 0 AND factors <> '' THEN 1 ELSE 0 END FROM latchkey_account WHERE id = $1
;
SELECT COUNT(*) FROM (SELECT 1 FROM latchkey_session_client WHERE notify_at > 0 LIMIT $1) AS waiting
;
SELECT COUNT(*) FROM (SELECT id FROM latchkey_mail WHERE rank <= $1 AND next_at <= $2 LIMIT 1) AS due
;
SELECT COUNT(*) FROM latchkey_mail
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_account a WHERE a.canonical = $1
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_account a WHERE a.id = $1
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_account a WHERE a.id IN (SELECT id FROM (SELECT id, canonical AS value FROM latchkey_account WHERE canonical >= $1 ORDER BY canonical LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(name) AS value FROM latchkey_account WHERE lower(name) >= $1 ORDER BY lower(name) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(email) AS value FROM latchkey_account WHERE lower(email) >= $1 ORDER BY lower(email) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\') LIMIT 15
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_account a WHERE a.id IN (SELECT id FROM (SELECT id, canonical AS value FROM latchkey_account WHERE canonical >= $1 ORDER BY canonical LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(name) AS value FROM latchkey_account WHERE lower(name) >= $1 ORDER BY lower(name) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(email) AS value FROM latchkey_account WHERE lower(email) >= $1 ORDER BY lower(email) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\') LIMIT 27
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_account a WHERE lower(a.email) = lower($1)
		ORDER BY CASE WHEN a.claims LIKE '%"email_verified":true%' THEN 0 ELSE 1 END, a.id LIMIT 100
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a ORDER BY a.canonical ASC, a.id ASC LIMIT 51
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a WHERE (a.canonical, a.id) < ($1, $2) ORDER BY a.canonical DESC, a.id DESC LIMIT 51
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a WHERE (a.canonical, a.id) > ($1, $2) ORDER BY a.canonical ASC, a.id ASC LIMIT 51
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a WHERE (lower(coalesce(' ' || a.roles || ' ', '')) LIKE $1 ESCAPE '\' OR a.id IN (SELECT m.user_id FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE lower(coalesce(' ' || g.roles || ' ', '')) LIKE $1 ESCAPE '\')) ORDER BY a.canonical ASC, a.id ASC LIMIT 10
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a WHERE (lower(coalesce(' ' || a.roles || ' ', '')) LIKE $1 ESCAPE '\' OR a.id IN (SELECT m.user_id FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE lower(coalesce(' ' || g.roles || ' ', '')) LIKE $1 ESCAPE '\')) ORDER BY a.canonical ASC, a.id ASC LIMIT 6
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a WHERE (lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.email, '')) LIKE $1 ESCAPE '\') ORDER BY a.canonical ASC, a.id ASC LIMIT 51
;
SELECT a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), 1, a.canonical, a.id FROM latchkey_account a WHERE (lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.email, '')) LIKE $1 ESCAPE '\') ORDER BY a.canonical ASC, a.id ASC LIMIT 6
;
SELECT at, series, n FROM latchkey_tally WHERE period = $1 AND at >= $2 ORDER BY at, series
;
SELECT c.id IS NULL, c.disabled, c.revoked_before, s.blocked, s.revoked_before, a.username, $3 <> 0 AND NOT EXISTS (SELECT 1 FROM latchkey_family f WHERE f.id = $4 AND coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE)),
		EXISTS (SELECT 1 FROM latchkey_revoked_jwt r WHERE r.id = $5), coalesce(s.pending, 0)
		FROM (SELECT $1 AS client_id, coalesce((SELECT subject FROM latchkey_family WHERE id = $4), $2) AS subject) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT client FROM latchkey_deleted_client WHERE id = $1 AND expires_at > $2
;
SELECT client, deleted_at, expires_at FROM latchkey_deleted_client WHERE expires_at > $1 ORDER BY expires_at DESC LIMIT 100
;
SELECT coalesce(min(run), 0), coalesce(max(run), 0) FROM latchkey_access_recent WHERE until <= $1 AND run < (SELECT max(run) FROM latchkey_access_recent)
;
SELECT coalesce(string_agg(id, ' '), '') FROM (SELECT id FROM latchkey_account WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id) AS found
;
SELECT coalesce(string_agg(id, ' '), '') FROM (SELECT user_id AS id FROM latchkey_member WHERE group_id = $2 AND user_id IN (SELECT value FROM json_each($1))) AS found
;
SELECT coalesce(sum(CASE WHEN TRUE AND ((t.used_at = 0 AND t.withdrawn_at > 0) OR (t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1) AND NOT ((t.created_by = '' AND t.application = '') OR EXISTS (SELECT 1 FROM latchkey_account c WHERE c.id = t.created_by AND c.disabled = 0 AND (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1)) AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1))) AND NOT EXISTS (SELECT 1 FROM latchkey_subject s WHERE s.id = t.created_by AND s.revoked_before >= t.created_at)) OR EXISTS (SELECT 1 FROM latchkey_client c WHERE c.id = t.application AND c.revoked_before < t.created_at AND c.disabled = 0 AND (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%') AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%')))))) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND (lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.email, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_member t WHERE t.group_id >= $2 AND t.group_id <= $2 LIMIT 10001) t JOIN latchkey_account a ON a.id = t.user_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND (lower(coalesce(t.email, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.note, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND (lower(coalesce(t.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.description, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_group t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND (lower(coalesce(t.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.id, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND (lower(coalesce(t.settings, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND (t.owner_id = $1 OR (t.co_owners <> '' AND replace(t.co_owners, '"' || CAST($1 AS TEXT) || '"', '') <> t.co_owners)) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND CASE WHEN a.admin = 1 OR a.id IN (SELECT m.user_id FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id WHERE g.admin = 1) THEN 1 ELSE 0 END = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_account a WHERE TRUE LIMIT 10001) a
;
SELECT coalesce(sum(CASE WHEN TRUE AND a.disabled = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_account a WHERE TRUE LIMIT 10001) a
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL AND (lower(coalesce(c.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL AND t.client_id = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE t.subject >= $2 AND t.subject <= $2 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL AND t.updated_at < $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL AND t.updated_at >= $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE t.client_id >= $1 AND t.client_id <= $1 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND c.id IS NOT NULL THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_consent t WHERE t.subject >= $1 AND t.subject <= $1 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND lower(coalesce(' ' || t.roles || ' ', '')) LIKE $1 ESCAPE '\' THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_group t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.actor = $3 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.person >= $1 AND t.person <= $2 ORDER BY t.person DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.admin = 1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_group t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.body LIKE '%,"roles":[%' THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.category >= $1 AND t.category <= $2 ORDER BY t.category DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.category = $3 AND t.body LIKE '%,"roles":[%' THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.person >= $1 AND t.person <= $2 ORDER BY t.person DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.created_at < $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.created_at >= $1 AND t.created_at < $2 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.created_at >= $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.disabled = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.event = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND (lower(coalesce(c.name, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_access_token t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (lower(coalesce(t.name, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_factor t WHERE TRUE AND t.kind = 'token' LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.user_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (t.body LIKE '%' || CAST($2 AS TEXT) || ',%' ESCAPE '\' OR t.body LIKE '%' || CAST($2 AS TEXT) || ']%' ESCAPE '\') AND (lower(coalesce(t.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_factor t WHERE TRUE AND t.kind = 'token' LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.user_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (t.body LIKE '%' || CAST($2 AS TEXT) || ',%' ESCAPE '\' OR t.body LIKE '%' || CAST($2 AS TEXT) || ']%' ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_factor t WHERE TRUE AND t.kind = 'token' LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.user_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND t.kind = 'token' THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_factor t WHERE t.user_id >= $2 AND t.user_id <= $2 LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.user_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_factor t WHERE TRUE AND t.kind = 'token' LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.user_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.idle_expires_at > $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $2 AND t.user_id <= $2 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.kind = $2 AND t.client_id = $3 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_ticket t WHERE TRUE AND t.id > $4 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_ticket t WHERE TRUE AND t.id > $3 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 AND t.subject = $2 AND t.client_id = $3 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_access_token t WHERE TRUE ORDER BY t.id DESC LIMIT 10000) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_access_token t WHERE TRUE AND t.id < $2 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_access_token t WHERE TRUE AND t.id >= $2 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.expires_at > $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_access_token t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.failed = 1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.category >= $1 AND t.category <= $2 ORDER BY t.category DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.id IN (SELECT group_id FROM latchkey_member WHERE user_id = $1) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_group t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.origin LIKE $1 ESCAPE '\' THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.owner_id = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.person = $2 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.target = $1 AND t.target <> '' ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND CAST($2 AS BIGINT) >= 0 AND (lower(coalesce(c.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND CAST($2 AS BIGINT) >= 0 AND t.client_id = $3 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $4 AND t.subject <= $4 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND CAST($2 AS BIGINT) >= 0 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE TRUE AND t.id < $3 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND CAST($2 AS BIGINT) >= 0 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE TRUE AND t.id >= $3 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND CAST($2 AS BIGINT) >= 0 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) AND (lower(coalesce(c.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) AND t.client_id = $3 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $4 AND t.subject <= $4 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE t.client_id >= $3 AND t.client_id <= $3 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $3 AND t.subject <= $3 LIMIT 10001) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.settings LIKE $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.type = $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1) AND ((t.created_by = '' AND t.application = '') OR EXISTS (SELECT 1 FROM latchkey_account c WHERE c.id = t.created_by AND c.disabled = 0 AND (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1)) AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1))) AND NOT EXISTS (SELECT 1 FROM latchkey_subject s WHERE s.id = t.created_by AND s.revoked_before >= t.created_at)) OR EXISTS (SELECT 1 FROM latchkey_client c WHERE c.id = t.application AND c.revoked_before < t.created_at AND c.disabled = 0 AND (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%') AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%')))) THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.used_at = 0 AND t.withdrawn_at = 0 AND t.expires_at > 0 AND t.expires_at <= $1 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE AND t.used_at > 0 THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_account a WHERE TRUE LIMIT 10001) a
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.actor >= $1 AND t.actor <= $2 ORDER BY t.actor DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.category >= $1 AND t.category <= $2 ORDER BY t.category DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.client_id >= $1 AND t.client_id <= $2 ORDER BY t.client_id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.error_id = $1 AND t.error_id <> '' ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.failed = 1 ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.id < $1 ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.id >= $1 AND t.id < $2 ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.id >= $1 ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.person >= $1 AND t.person <= $2 ORDER BY t.person DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE AND t.target = $1 AND t.target <> '' ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_audit t WHERE TRUE ORDER BY t.id DESC, t.id DESC LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_client t WHERE TRUE LIMIT 10001) t LEFT JOIN latchkey_account a ON a.id = t.owner_id
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_group t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE TRUE LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_invitation t WHERE lower(t.email) >= $1 AND lower(t.email) <= $1 LIMIT 10001) t
;
SELECT coalesce(sum(CASE WHEN TRUE THEN 1 ELSE 0 END), 0), count(*) FROM (SELECT * FROM latchkey_member t WHERE t.group_id >= $1 AND t.group_id <= $1 LIMIT 10001) t
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_consent t WHERE t.client_id >= $1 AND t.client_id <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_consent t WHERE t.subject >= $1 AND t.subject <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_factor t WHERE t.user_id >= $1 AND t.user_id <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_family t WHERE t.client_id >= $1 AND t.client_id <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_family t WHERE t.subject >= $1 AND t.subject <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_invitation t WHERE lower(t.email) >= $1 AND lower(t.email) <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1 LIMIT 20001) AS counted
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1 LIMIT 201) AS counted
;
SELECT count(*) FROM (SELECT 1 FROM latchkey_session t WHERE t.user_id >= $1 AND t.user_id <= $1 LIMIT 10001) AS found
;
SELECT count(*) FROM (SELECT user_id FROM latchkey_member WHERE user_id IN (SELECT value FROM json_each($1)) GROUP BY user_id HAVING count(*) >= 100) AS full_people
;
SELECT count(*) FROM latchkey_account WHERE disabled = 0 AND id IN (SELECT value FROM json_each($1))
;
SELECT e.entries, (SELECT until FROM latchkey_access_run WHERE run > 0 AND until <= $1 ORDER BY run DESC LIMIT 1) FROM latchkey_access_entry e WHERE e.id = 0
;
SELECT holder FROM latchkey_lease WHERE name = $1
;
SELECT holder, until FROM latchkey_lease WHERE name LIKE $1 AND holder <> $2 ORDER BY until DESC LIMIT 1
;
SELECT id FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3
;
SELECT id FROM latchkey_account WHERE delete_at > 0 AND delete_at <= $1 ORDER BY delete_at LIMIT 100
;
SELECT id FROM latchkey_account WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT 100
;
SELECT id FROM latchkey_client WHERE co_owners <> '' AND replace(co_owners, $1, '') <> co_owners LIMIT 20000
;
SELECT id FROM latchkey_client WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT 100
;
SELECT id FROM latchkey_client WHERE owner_id = $1 LIMIT 20000
;
SELECT id FROM latchkey_deleted_client WHERE client <> replace(client, $1, '"owner_id":""') LIMIT 20000
;
SELECT id FROM latchkey_deleted_client WHERE expires_at <= $1 ORDER BY expires_at LIMIT 100
;
SELECT id FROM latchkey_family WHERE client_id = $1 LIMIT 20000
;
SELECT id FROM latchkey_family WHERE subject = $1 AND client_id = $2 AND revoked_at = 0 AND issued_at <= $3 LIMIT 20000
;
SELECT id FROM latchkey_family WHERE subject = $1 LIMIT 20000
;
SELECT id FROM latchkey_session WHERE user_id = $1 AND id <> $2 AND created_at <= $3 LIMIT 20000
;
SELECT id FROM latchkey_session WHERE user_id = $1 ORDER BY seen_at DESC, id DESC LIMIT 1 OFFSET 199
;
SELECT id FROM latchkey_ticket WHERE client_id = $1 AND id >= $2 LIMIT 20000
;
SELECT id FROM latchkey_ticket WHERE subject = $1 AND client_id = $2 AND id >= $3 AND spent_at = 0 AND issued_at <= $4 LIMIT 20000
;
SELECT id FROM latchkey_ticket WHERE subject = $1 AND id >= $2 LIMIT 20000
;
SELECT id, alg, public, private, created_at, active_at, retired_at, expires_at FROM latchkey_signing_key ORDER BY created_at, id
;
SELECT id, at, client_id, named, reason, source, code, description, detail FROM latchkey_rejection WHERE client_id <> $1 ORDER BY at DESC, id DESC LIMIT $2
;
SELECT id, at, client_id, named, reason, source, code, description, detail FROM latchkey_rejection WHERE client_id = $1 ORDER BY at DESC, id DESC LIMIT $2
;
SELECT id, at, client_id, named, reason, source, code, description, detail FROM latchkey_rejection WHERE id = $1
;
SELECT id, at, event, category, failed, actor, person, client_id, error_id, body, origin, origin_salt, origin_digest, details, details_salt, details_digest FROM latchkey_audit_queue ORDER BY id LIMIT $1
;
SELECT id, client_id FROM latchkey_flow WHERE id IN ($1)
;
SELECT id, client_id FROM latchkey_flow WHERE id IN ($1, $2)
;
SELECT id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known, device, entered_at FROM latchkey_flow ORDER BY id DESC LIMIT $1
;
SELECT id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known, device, entered_at FROM latchkey_flow WHERE client_id = $2 ORDER BY id DESC LIMIT $1
;
SELECT id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known, device, entered_at FROM latchkey_flow WHERE id = $1
;
SELECT id, client_id, subject, expires_at FROM latchkey_access_token WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 5000
;
SELECT id, kind, recipient, user_id, source, details, rank, created_at, next_at, expires_at, attempts FROM latchkey_mail WHERE user_id = $1 OR (user_id = '' AND $2 <> '' AND lower(recipient) = lower($2)) ORDER BY created_at, id LIMIT $3
;
SELECT k.session_id, k.client_id, k.subject FROM latchkey_session_client k WHERE k.ended_at = 0 AND k.client_id <> '' AND k.session_id = $1 LIMIT 20000
;
SELECT k.session_id, k.client_id, k.subject FROM latchkey_session_client k WHERE k.ended_at = 0 AND k.client_id <> '' AND k.subject = $1 AND k.session_id <> $2 AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = k.session_id) LIMIT 20000
;
SELECT kind, name, settings, version, created_at, updated_at FROM latchkey_definition ORDER BY kind, name
;
SELECT kind, proof, issued_at, expires_at, spent_at FROM latchkey_ticket WHERE id = $1
;
SELECT kind, subject, target, at, issued_until FROM latchkey_removal WHERE kind = 'client' AND subject = '' AND target = $1
;
SELECT metadata FROM latchkey_account WHERE id = $1
;
SELECT name, external_id, revision FROM latchkey_group WHERE id = $1
;
SELECT name, holder FROM latchkey_lease WHERE name LIKE $1 AND until > $2 ORDER BY until DESC, name LIMIT $3
;
SELECT name, seq, hash, seal, at FROM latchkey_audit_head ORDER BY name LIMIT 10
;
SELECT name, settings, secret, version, created_at, updated_at FROM latchkey_login_provider ORDER BY name
;
SELECT p.subject FROM (SELECT subject FROM latchkey_session_client WHERE session_id = $1
		UNION SELECT f.subject FROM (SELECT subject FROM latchkey_family WHERE session_id = $1 LIMIT 1) f) p WHERE p.subject > $2 ORDER BY p.subject LIMIT 1
;
SELECT p.user_id, p.id, p.image, p.created_at FROM latchkey_picture p JOIN latchkey_account a ON a.id = p.user_id
		WHERE p.id = $1 AND a.disabled = 0 AND replace(a.claims, CAST($1 AS TEXT), '') <> a.claims
;
SELECT p.user_id, p.id, p.image, p.created_at FROM latchkey_picture p WHERE p.user_id = $1
;
SELECT r.since, r.until, r.tokens, e.entries FROM latchkey_access_recent r JOIN latchkey_access_recent_entry e ON e.id = r.run * 25 + $1
		WHERE r.since < $2 AND r.until > $3 AND r.until <= $4 ORDER BY r.run DESC LIMIT 1024
;
SELECT run, since, until, tokens FROM latchkey_access_recent WHERE until > $1 AND until <= $2 ORDER BY run LIMIT 100
;
SELECT run, since, until, tokens, recount_at, expires_at FROM latchkey_access_recent WHERE recount_at <= $1 ORDER BY recount_at LIMIT 1
;
SELECT run, since, until, tokens, recount_at, expires_at FROM latchkey_access_run WHERE recount_at <= $1 ORDER BY recount_at LIMIT 1
;
SELECT run, until FROM latchkey_access_recent WHERE run > 0 ORDER BY run DESC LIMIT 1
;
SELECT run, until FROM latchkey_access_run WHERE run > 0 ORDER BY run DESC LIMIT 1
;
SELECT scope FROM latchkey_consent WHERE subject = $1 AND client_id = $2
;
SELECT scope, granted_at, updated_at, ends_at FROM latchkey_consent WHERE subject = $1 AND client_id = $2
;
SELECT secret_id, used_at FROM latchkey_secret_use WHERE client_id = $1
;
SELECT session_id, client_id, subject FROM latchkey_session_client WHERE session_id = $1 AND client_id <> ''
;
SELECT subject, client_id FROM latchkey_consent WHERE client_id = $1 LIMIT 20000
;
SELECT subject, client_id FROM latchkey_consent WHERE subject = $1 LIMIT 20000
;
SELECT t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience,
	CASE WHEN c.id IS NULL THEN 1 ELSE 2 * c.disabled END + 4 * coalesce(s.blocked, 0) + 16 * coalesce(s.pending, 0) +
	CASE WHEN length(t.family_id) > 0 AND NOT coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) THEN 8 ELSE 0 END,
	c.revoked_before, s.revoked_before, a.username, coalesce(f.details, ''), coalesce(f.auth_time, 0) FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject LEFT JOIN latchkey_account a ON a.id = t.subject LEFT JOIN latchkey_family f ON f.id = t.family_id WHERE t.id = $1
;
SELECT t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_session t JOIN latchkey_account a ON a.id = t.user_id AND a.disabled = 0 WHERE t.id = $1
;
SELECT t.id FROM latchkey_access_token t WHERE t.id <= $1 ORDER BY t.id DESC LIMIT 1 OFFSET 1999
;
SELECT t.id FROM latchkey_access_token t WHERE t.id <= $1 ORDER BY t.id DESC LIMIT 1 OFFSET 9999
;
SELECT t.id FROM latchkey_family t WHERE t.revoked_at = 0 AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' AND t.session_id = $1 AND t.issued_at <= $2 LIMIT 20000
;
SELECT t.id FROM latchkey_family t WHERE t.revoked_at = 0 AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' AND t.subject = $1 AND t.session_id <> $2 AND t.issued_at <= $3 AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id) LIMIT 20000
;
SELECT t.id FROM latchkey_ticket t WHERE t.id <= $1 ORDER BY t.id DESC LIMIT 1 OFFSET 1019
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal FROM latchkey_audit t WHERE t.seq > $1 ORDER BY t.seq LIMIT $2
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.actor, t.id FROM latchkey_audit t WHERE t.actor >= $1 AND t.actor <= $2 ORDER BY t.actor DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.category, t.id FROM latchkey_audit t WHERE t.category >= $1 AND t.category <= $2 ORDER BY t.category DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.client_id, t.id FROM latchkey_audit t WHERE t.client_id >= $1 AND t.client_id <= $2 ORDER BY t.client_id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t ORDER BY t.id DESC, t.id DESC LIMIT 3
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE (t.id, t.id) < ($1, $2) ORDER BY t.id DESC, t.id DESC LIMIT 3
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE (t.id, t.id) > ($1, $2) ORDER BY t.id ASC, t.id ASC LIMIT 3
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE t.error_id = $1 AND t.error_id <> '' ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE t.failed = 1 ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE t.id < $1 ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE t.id >= $1 AND t.id < $2 ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE t.id >= $1 ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.id, t.id FROM latchkey_audit t WHERE t.target = $1 AND t.target <> '' ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, 1, t.person, t.id FROM latchkey_audit t WHERE t.person >= $1 AND t.person <= $2 ORDER BY t.person DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.actor = $3 THEN 1 ELSE 0 END, t.person, t.id FROM latchkey_audit t WHERE t.person >= $1 AND t.person <= $2 ORDER BY t.person DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.body LIKE '%,"roles":[%' THEN 1 ELSE 0 END, t.category, t.id FROM latchkey_audit t WHERE t.category >= $1 AND t.category <= $2 ORDER BY t.category DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.category = $3 AND t.body LIKE '%,"roles":[%' THEN 1 ELSE 0 END, t.person, t.id FROM latchkey_audit t WHERE t.person >= $1 AND t.person <= $2 ORDER BY t.person DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.event = $1 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_audit t ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.failed = 1 THEN 1 ELSE 0 END, t.category, t.id FROM latchkey_audit t WHERE t.category >= $1 AND t.category <= $2 ORDER BY t.category DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.origin LIKE $1 ESCAPE '\' THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_audit t ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.at, t.event, t.category, t.failed, t.actor, t.person, t.client_id, t.error_id, t.body, t.origin, t.origin_salt, t.origin_digest, t.details, t.details_salt, t.details_digest, t.seq, t.hash, t.seal, CASE WHEN t.person = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_audit t WHERE t.target = $1 AND t.target <> '' ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, CASE WHEN l.idle_expires_at < l.expires_at THEN l.idle_expires_at ELSE l.expires_at END, c.id IS NULL, c.disabled, c.revoked_before, s.blocked, s.revoked_before, a.username, CASE WHEN (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) THEN 0 ELSE 1 END
	FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject LEFT JOIN latchkey_account a ON a.id = t.subject LEFT JOIN latchkey_session l ON l.id = t.session_id WHERE t.id = $1
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, CASE WHEN l.idle_expires_at < l.expires_at THEN l.idle_expires_at ELSE l.expires_at END, c.id IS NULL, c.disabled, c.revoked_before, s.blocked, s.revoked_before, a.username, coalesce(s.pending, 0)
	FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject LEFT JOIN latchkey_account a ON a.id = t.subject LEFT JOIN latchkey_session l ON l.id = t.session_id WHERE t.id = $1
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN CAST($1 AS BIGINT) >= 0 AND CAST($2 AS BIGINT) >= 0 AND t.client_id = $3 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $4 AND t.subject <= $4 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN CAST($1 AS BIGINT) >= 0 AND CAST($2 AS BIGINT) >= 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $3 AND t.subject <= $3 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) AND (lower(coalesce(c.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) AND t.client_id = $3 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $4 AND t.subject <= $4 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_family t WHERE t.client_id >= $3 AND t.client_id <= $3 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $3 AND t.subject <= $3 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_family t WHERE t.subject >= $5 AND t.subject <= $5 LIMIT 10001) t WHERE (t.id, t.id) < ($3, $4) ORDER BY t.id DESC, t.id DESC LIMIT 9898) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 9898
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id ASC, t.id ASC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE (t.id, t.id) < ($3, $4) ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE (t.id, t.id) > ($3, $4) ORDER BY t.id ASC, t.id ASC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id < $3 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.hash, t.previous, t.generation, t.rotated_at, t.access_scope, t.replay_until,
	t.issued_at, t.idle_expires_at, t.expires_at, t.revoked_at, t.access_audience, t.address, c.name, a.username, CASE WHEN t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_family t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id >= $3 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0) FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by WHERE t.id = $1
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0) FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by WHERE t.id = $2 AND t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1)
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), 1, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_invitation t WHERE lower(t.email) >= $1 AND lower(t.email) <= $1 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 51) t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), 1, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 4
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), 1, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 51
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), 1, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by WHERE (t.id, t.id) < ($1, $2) ORDER BY t.id DESC, t.id DESC LIMIT 4
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN ((t.used_at = 0 AND t.withdrawn_at > 0) OR (t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1) AND NOT ((t.created_by = '' AND t.application = '') OR EXISTS (SELECT 1 FROM latchkey_account c WHERE c.id = t.created_by AND c.disabled = 0 AND (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1)) AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1))) AND NOT EXISTS (SELECT 1 FROM latchkey_subject s WHERE s.id = t.created_by AND s.revoked_before >= t.created_at)) OR EXISTS (SELECT 1 FROM latchkey_client c WHERE c.id = t.application AND c.revoked_before < t.created_at AND c.disabled = 0 AND (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%') AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%')))))) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN (lower(coalesce(t.email, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.note, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN t.created_at < $1 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN t.created_at >= $1 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1) AND ((t.created_by = '' AND t.application = '') OR EXISTS (SELECT 1 FROM latchkey_account c WHERE c.id = t.created_by AND c.disabled = 0 AND (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1)) AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.admin = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = c.id AND g.admin = 1))) AND NOT EXISTS (SELECT 1 FROM latchkey_subject s WHERE s.id = t.created_by AND s.revoked_before >= t.created_at)) OR EXISTS (SELECT 1 FROM latchkey_client c WHERE c.id = t.application AND c.revoked_before < t.created_at AND c.disabled = 0 AND (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%') AND ((t.admin = 0 AND t.roles = '') OR (1 = 0 OR c.settings LIKE '%"admin_role":"administrator"%')))) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN t.used_at = 0 AND t.withdrawn_at = 0 AND t.expires_at > 0 AND t.expires_at <= $1 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.email, t.note, t.admin, t.created_by, t.created_at, t.expires_at, t.used_at, t.withdrawn_at, t.roles, t.application, t.locale,
	u.username, a.username, c.name, coalesce(a.admin, 0), coalesce(a.roles, ''), coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), ''), coalesce(c.disabled, a.disabled, 1), coalesce(c.settings, '{}'),
	coalesce(c.revoked_before, s.revoked_before, 0), CASE WHEN t.used_at > 0 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_invitation t LEFT JOIN latchkey_account u ON u.id = t.id LEFT JOIN latchkey_account a ON a.id = t.created_by LEFT JOIN latchkey_client c ON c.id = t.application LEFT JOIN latchkey_subject s ON s.id = t.created_by ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) AND (lower(coalesce(c.name, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\') THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.client_id = $2 AND t.id > $3 AND t.id <= $4 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id < $2 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id >= $2 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.subject = $2 AND t.client_id = $3 AND t.id > $4 AND t.id <= $5 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.subject = $2 AND t.id > $3 AND t.id <= $4 AND (t.id, t.id) < ($5, $6) ORDER BY t.id DESC, t.id DESC LIMIT 9898
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.subject = $2 AND t.id > $3 AND t.id <= $4 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.client_id, t.subject, t.family_id, t.scope, t.issued_at, t.expires_at, t.audience, c.name, a.username, CASE WHEN t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (length(t.family_id) = 0 OR coalesce((SELECT (coalesce(f.revoked_at = 0 AND f.issued_at > coalesce(c.revoked_before, 0) AND f.issued_at > coalesce(s.revoked_before, 0), FALSE) AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r, (SELECT f.client_id AS client_id, f.subject AS subject, f.session_id AS session_id, f.scope AS scope, f.issued_at AS issued_at) t
		WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)))
	FROM latchkey_family f LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject WHERE f.id = t.family_id), FALSE)) THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_access_token t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.subject = $2 AND t.id > $3 AND t.id <= $4 ORDER BY t.id DESC, t.id DESC LIMIT 4
;
SELECT t.id, t.hash, t.name, t.uses, t.used, t.created_at, t.expires_at FROM latchkey_initial_access_token t ORDER BY t.id DESC LIMIT $1
;
SELECT t.id, t.hash, t.name, t.uses, t.used, t.created_at, t.expires_at FROM latchkey_initial_access_token t WHERE t.id = $1
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND (lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(t.address, '')) LIKE $2 ESCAPE '\') AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $3 AND t.user_id <= $3 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 6) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id DESC, t.id DESC LIMIT 6
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND (lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(t.address, '')) LIKE $2 ESCAPE '\') AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $5 AND t.user_id <= $5 LIMIT 10001) t WHERE (t.id, t.id) < ($3, $4) ORDER BY t.id DESC, t.id DESC LIMIT 6) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id DESC, t.id DESC LIMIT 6
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND (lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(t.address, '')) LIKE $2 ESCAPE '\') AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $5 AND t.user_id <= $5 LIMIT 10001) t WHERE (t.id, t.id) > ($3, $4) ORDER BY t.id ASC, t.id ASC LIMIT 6) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id ASC, t.id ASC LIMIT 6
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $2 AND t.user_id <= $2 LIMIT 10001) t ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $3 AND t.user_id <= $3 AND t.id >= $4 LIMIT 10001) t WHERE t.id >= $2 ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_session t WHERE t.user_id >= $4 AND t.user_id <= $4 AND t.id >= $5 AND t.id < $6 LIMIT 10001) t WHERE t.id >= $2 AND t.id < $3 ORDER BY t.id DESC, t.id DESC LIMIT 102) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.hash, t.user_id, t.auth_time, t.created_at, t.seen_at, t.idle_expires_at, t.expires_at, t.address, t.user_agent, t.methods, t.confirmed_at, a.username, CASE WHEN t.expires_at > $1 AND t.idle_expires_at > $1 AND lower(coalesce(' ' || t.methods || ' ', '')) LIKE $2 ESCAPE '\' AND a.disabled = 0 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_session t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.id IS NULL AND t.client_id <> '', c.disabled, c.revoked_before, s.blocked, s.revoked_before, a.username, coalesce(s.pending, 0) FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_subject s ON s.id = t.subject LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id = $1 AND t.kind = $2
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 AND (lower(coalesce(c.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id > $4 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 AND (lower(coalesce(c.name, '')) LIKE $5 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $5 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $5 ESCAPE '\') THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.subject = $3 AND t.client_id = $4 AND t.id > $6 AND t.id <= $7 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.client_id = $3 AND t.id > $4 AND t.id <= $5 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id > $3 AND (t.id, t.id) < ($4, $5) ORDER BY t.id DESC, t.id DESC LIMIT 6
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id > $3 AND (t.id, t.id) < ($4, $5) ORDER BY t.id DESC, t.id DESC LIMIT 9994
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id > $3 AND (t.id, t.id) > ($4, $5) ORDER BY t.id ASC, t.id ASC LIMIT 6
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.id > $3 ORDER BY t.id DESC, t.id DESC LIMIT 6
;
SELECT t.id, t.kind, t.proof, t.client_id, t.subject, t.session_id, t.scope, t.auth_time, t.details, t.state, t.body, t.issued_at, t.expires_at, t.spent_at, c.name, a.username, CASE WHEN t.expires_at > $1 AND t.kind = $2 THEN 1 ELSE 0 END, t.id, t.id FROM latchkey_ticket t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE t.subject = $3 AND t.id > $4 AND t.id <= $5 ORDER BY t.id DESC, t.id DESC LIMIT 102
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted) FROM latchkey_group t WHERE t.canonical = $1
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted) FROM latchkey_group t WHERE t.external_id <> '' AND t.external_id = $1
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted) FROM latchkey_group t WHERE t.id = $1
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.canonical, t.id FROM latchkey_group t ORDER BY t.canonical ASC, t.id ASC LIMIT 10
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.canonical, t.id FROM latchkey_group t WHERE (lower(coalesce(t.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.description, '')) LIKE $1 ESCAPE '\') ORDER BY t.canonical ASC, t.id ASC LIMIT 10
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.canonical, t.id FROM latchkey_group t WHERE lower(coalesce(' ' || t.roles || ' ', '')) LIKE $1 ESCAPE '\' ORDER BY t.canonical ASC, t.id ASC LIMIT 10
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.canonical, t.id FROM latchkey_group t WHERE t.admin = 1 ORDER BY t.canonical ASC, t.id ASC LIMIT 10
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.canonical, t.id FROM latchkey_group t WHERE t.id IN (SELECT group_id FROM latchkey_member WHERE user_id = $1) ORDER BY t.canonical ASC, t.id ASC LIMIT 10
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.canonical, t.id FROM latchkey_group t WHERE t.id IN (SELECT group_id FROM latchkey_member WHERE user_id = $1) ORDER BY t.canonical ASC, t.id ASC LIMIT 51
;
SELECT t.id, t.name, t.description, t.admin, t.roles, t.created_at, t.updated_at, t.external_id, t.revision, (SELECT count(*)
	FROM (SELECT 1
	FROM latchkey_member m WHERE m.group_id >= t.id AND m.group_id <= t.id ORDER BY m.group_id, m.user_id LIMIT 101) AS counted), 1, t.created_at, t.id FROM latchkey_group t ORDER BY t.created_at DESC, t.id DESC LIMIT 2
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at FROM latchkey_factor t WHERE t.user_id = $1 ORDER BY t.created_at, t.id
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.id, a.disabled, a.username, a.email, a.name, a.claims, a.password, a.admin, a.created_at, a.updated_at, a.last_login_at, a.version, a.login_epoch, a.expires_at, a.factors, a.delete_at, a.roles, coalesce((SELECT string_agg(CASE g.admin WHEN 1 THEN 'administrator' ELSE '' END || ',' || replace(g.roles, ' ', ',') || ':' || g.name, ' ')
	FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = a.id), '') FROM latchkey_factor t JOIN latchkey_account a ON a.id = t.user_id WHERE t.id = $1
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (lower(coalesce(t.name, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\') THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.created_at, t.id) < ($3, $4) ORDER BY t.created_at DESC, t.id DESC LIMIT 9992
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (lower(coalesce(t.name, '')) LIKE $2 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $2 ESCAPE '\') THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' ORDER BY t.created_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (t.body LIKE '%' || CAST($2 AS TEXT) || ',%' ESCAPE '\' OR t.body LIKE '%' || CAST($2 AS TEXT) || ']%' ESCAPE '\') AND (lower(coalesce(t.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.created_at, t.id) < ($4, $5) ORDER BY t.created_at DESC, t.id DESC LIMIT 9992
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (t.body LIKE '%' || CAST($2 AS TEXT) || ',%' ESCAPE '\' OR t.body LIKE '%' || CAST($2 AS TEXT) || ']%' ESCAPE '\') AND (lower(coalesce(t.name, '')) LIKE $3 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $3 ESCAPE '\') THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' ORDER BY t.created_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (t.body LIKE '%' || CAST($2 AS TEXT) || ',%' ESCAPE '\' OR t.body LIKE '%' || CAST($2 AS TEXT) || ']%' ESCAPE '\') THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.created_at, t.id) < ($3, $4) ORDER BY t.created_at DESC, t.id DESC LIMIT 9992
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND (t.body LIKE '%' || CAST($2 AS TEXT) || ',%' ESCAPE '\' OR t.body LIKE '%' || CAST($2 AS TEXT) || ']%' ESCAPE '\') THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' ORDER BY t.created_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' AND t.kind = 'token' THEN 1 ELSE 0 END, t.created_at, t.id FROM (SELECT * FROM (SELECT * FROM latchkey_factor t WHERE t.user_id >= $2 AND t.user_id <= $2 LIMIT 10001) t ORDER BY t.created_at DESC, t.id DESC LIMIT 8) t LEFT JOIN latchkey_account a ON a.id = t.user_id ORDER BY t.created_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.created_at, t.id) < ($2, $3) ORDER BY t.created_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.created_at, t.id) < ($2, $3) ORDER BY t.created_at DESC, t.id DESC LIMIT 9992
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END, t.created_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' ORDER BY t.created_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END, t.used_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.used_at, t.id) < ($2, $3) ORDER BY t.used_at DESC, t.id DESC LIMIT 8
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END, t.used_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' AND (t.used_at, t.id) < ($2, $3) ORDER BY t.used_at DESC, t.id DESC LIMIT 9992
;
SELECT t.id, t.user_id, t.kind, t.name, t.body, t.step, t.counter, t.created_at, t.used_at, t.expires_at, a.username, CASE WHEN t.expires_at > $1 AND t.body LIKE '%"epoch":' || CAST(a.login_epoch AS TEXT) || '}' THEN 1 ELSE 0 END, t.used_at, t.id FROM latchkey_factor t LEFT JOIN latchkey_account a ON a.id = t.user_id WHERE t.kind = 'token' ORDER BY t.used_at DESC, t.id DESC LIMIT 8
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at FROM latchkey_client t WHERE t.id = $1
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at FROM latchkey_client t WHERE t.id IN (SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $1 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $3 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(name) AS value FROM latchkey_client WHERE lower(name) >= $1 ORDER BY lower(name) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\') ORDER BY CASE WHEN t.id = $3 THEN 0 ELSE 1 END LIMIT 18
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at FROM latchkey_client t WHERE t.id IN (SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $1 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $3 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(name) AS value FROM latchkey_client WHERE lower(name) >= $1 ORDER BY lower(name) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\') ORDER BY CASE WHEN t.id = $3 THEN 0 ELSE 1 END LIMIT 200
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at FROM latchkey_client t WHERE t.id IN (SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $1 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $3 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(name) AS value FROM latchkey_client WHERE lower(name) >= $1 ORDER BY lower(name) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\') ORDER BY CASE WHEN t.id = $3 THEN 0 ELSE 1 END LIMIT 6
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at FROM latchkey_client t WHERE t.id IN (SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $1 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, id AS value FROM latchkey_client WHERE id >= $3 ORDER BY id LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\' UNION SELECT id FROM (SELECT id, lower(name) AS value FROM latchkey_client WHERE lower(name) >= $1 ORDER BY lower(name) LIMIT 100) AS near WHERE lower(value) LIKE $2 ESCAPE '\') ORDER BY CASE WHEN t.id = $3 THEN 0 ELSE 1 END LIMIT 80
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY lower(t.name) ASC, t.id ASC LIMIT 10
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY lower(t.name) ASC, t.id ASC LIMIT 3
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY lower(t.name) DESC, t.id DESC LIMIT 10
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY lower(t.name) DESC, t.id DESC LIMIT 3
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (lower(coalesce(t.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.id, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\') ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (lower(coalesce(t.settings, '')) LIKE $1 ESCAPE '\') ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (lower(t.name), t.id) < ($1, $2) ORDER BY lower(t.name) DESC, t.id DESC LIMIT 3
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (lower(t.name), t.id) < ($1, $2) ORDER BY lower(t.name) DESC, t.id DESC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (lower(t.name), t.id) > ($1, $2) ORDER BY lower(t.name) ASC, t.id ASC LIMIT 3
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (lower(t.name), t.id) > ($1, $2) ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (substr(t.id, 1, 4) = 'http' AND t.settings LIKE $1) ORDER BY lower(t.name) ASC, t.id ASC LIMIT 10
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (t.owner_id = $1 OR (t.co_owners <> '' AND replace(t.co_owners, '"' || CAST($1 AS TEXT) || '"', '') <> t.co_owners)) ORDER BY lower(t.name) ASC, t.id ASC LIMIT 21
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (t.owner_id = $1 OR (t.co_owners <> '' AND replace(t.co_owners, '"' || CAST($1 AS TEXT) || '"', '') <> t.co_owners)) ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE NOT substr(t.id, 1, 7) = $1 AND NOT (substr(t.id, 1, 4) = 'http' AND t.settings LIKE $2) ORDER BY lower(t.name) ASC, t.id ASC LIMIT 10
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE substr(t.id, 1, 7) = $1 AND t.owner_id <> '' ORDER BY lower(t.name) ASC, t.id ASC LIMIT 10
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE substr(t.id, 1, 7) = $1 AND t.owner_id = '' ORDER BY lower(t.name) ASC, t.id ASC LIMIT 10
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE t.created_at >= $1 AND t.created_at < $2 ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE t.disabled = $1 ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE t.owner_id = $1 ORDER BY lower(t.name) ASC, t.id ASC LIMIT 21
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE t.settings LIKE $1 ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, lower(t.name), t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE t.type = $1 ORDER BY lower(t.name) ASC, t.id ASC LIMIT 51
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, t.created_at, t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY t.created_at ASC, t.id ASC LIMIT 4
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, t.created_at, t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (t.created_at, t.id) < ($1, $2) ORDER BY t.created_at DESC, t.id DESC LIMIT 4
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, t.created_at, t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (t.created_at, t.id) > ($1, $2) ORDER BY t.created_at ASC, t.id ASC LIMIT 4
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, t.type, t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id ORDER BY t.type ASC, t.id ASC LIMIT 5
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, t.type, t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (t.type, t.id) < ($1, $2) ORDER BY t.type DESC, t.id DESC LIMIT 5
;
SELECT t.settings, t.id, t.name, t.type, t.owner_id, t.co_owners, t.disabled, t.revoked_before, t.created_at, t.updated_at, t.version, t.expires_at, 1, t.type, t.id FROM latchkey_client t LEFT JOIN latchkey_account a ON a.id = t.owner_id WHERE (t.type, t.id) > ($1, $2) ORDER BY t.type ASC, t.id ASC LIMIT 5
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL AND (lower(coalesce(c.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(t.client_id, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\') THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM latchkey_consent t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL AND t.client_id = $1 THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM (SELECT * FROM (SELECT * FROM latchkey_consent t WHERE t.subject >= $2 AND t.subject <= $2 LIMIT 10001) t ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM (SELECT * FROM (SELECT * FROM latchkey_consent t WHERE t.client_id >= $1 AND t.client_id <= $1 LIMIT 10001) t ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM (SELECT * FROM (SELECT * FROM latchkey_consent t WHERE t.subject >= $1 AND t.subject <= $1 LIMIT 10001) t ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102) t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM latchkey_consent t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 102
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM latchkey_consent t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 6
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM latchkey_consent t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE (t.updated_at, t.subject || ' ' || t.client_id) < ($1, $2) ORDER BY t.updated_at DESC, t.subject || ' ' || t.client_id DESC LIMIT 6
;
SELECT t.subject, t.client_id, t.scope, t.granted_at, t.updated_at, t.ends_at, c.name, a.username, CASE WHEN c.id IS NOT NULL THEN 1 ELSE 0 END, t.updated_at, t.subject || ' ' || t.client_id FROM latchkey_consent t LEFT JOIN latchkey_client c ON c.id = t.client_id LEFT JOIN latchkey_account a ON a.id = t.subject WHERE (t.updated_at, t.subject || ' ' || t.client_id) > ($1, $2) ORDER BY t.updated_at ASC, t.subject || ' ' || t.client_id ASC LIMIT 6
;
SELECT t.user_id, a.username, a.name, a.disabled, t.added_at, 1, a.canonical, t.user_id FROM latchkey_member t JOIN latchkey_account a ON a.id = t.user_id WHERE (lower(coalesce(a.username, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.name, '')) LIKE $1 ESCAPE '\' OR lower(coalesce(a.email, '')) LIKE $1 ESCAPE '\') AND t.group_id = $2 ORDER BY a.canonical ASC, t.user_id ASC LIMIT 51
;
SELECT t.user_id, a.username, a.name, a.disabled, t.added_at, 1, a.canonical, t.user_id FROM latchkey_member t JOIN latchkey_account a ON a.id = t.user_id WHERE t.group_id = $1 ORDER BY a.canonical ASC, t.user_id ASC LIMIT 2
;
SELECT t.user_id, a.username, a.name, a.disabled, t.added_at, 1, a.canonical, t.user_id FROM latchkey_member t JOIN latchkey_account a ON a.id = t.user_id WHERE t.group_id = $1 ORDER BY a.canonical ASC, t.user_id ASC LIMIT 51
;
SELECT version FROM latchkey_account WHERE id = $1
;
SELECT version FROM latchkey_config_version WHERE id = 1
;
SELECT version FROM latchkey_definition WHERE kind = $1 AND name = $2
;
SELECT version, (SELECT count(*) FROM latchkey_account other WHERE other.canonical = $2 AND other.id <> $1) FROM latchkey_account WHERE id = $1
;
UPDATE latchkey_account SET disabled = $2, login_epoch = login_epoch + $2, updated_at = $3, expires_at = 0, delete_at = 0, version = version + 1 WHERE id = $1
;
UPDATE latchkey_account SET disabled = $2, login_epoch = login_epoch + $2, updated_at = $3, expires_at = 0, delete_at = 0, version = version + 1 WHERE id = $1 AND (disabled = 1 OR admin = 0 AND NOT EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1)))
;
UPDATE latchkey_account SET disabled = 0, delete_at = 0, updated_at = $3, version = version + 1 WHERE id = $1 AND delete_at = $2
;
UPDATE latchkey_account SET disabled = 1, delete_at = $2, expires_at = 0, login_epoch = login_epoch + 1, updated_at = $3, version = version + 1
			WHERE id = $1 AND disabled = 0 AND login_epoch = $4 AND (disabled = 1 OR admin = 0 AND NOT EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1))) RETURNING version, login_epoch
;
UPDATE latchkey_account SET expires_at = 0 WHERE expires_at <> 0 AND id IN (SELECT value FROM json_each($1))
;
UPDATE latchkey_account SET expires_at = 0 WHERE id = $1
;
UPDATE latchkey_account SET expires_at = 0 WHERE id = $1 AND expires_at > 0
			AND EXISTS (SELECT 1 FROM latchkey_session WHERE user_id = $1 AND expires_at > $2 AND idle_expires_at > $2)
;
UPDATE latchkey_account SET factors = $3, version = version + 1, login_epoch = login_epoch + $4 WHERE id = $1 AND version = $2 AND login_epoch = $5 RETURNING version, login_epoch
;
UPDATE latchkey_account SET last_login_at = $1, expires_at = CASE WHEN last_login_at > 0 THEN 0 ELSE expires_at END WHERE id = $2 AND login_epoch = $3 AND disabled = 0
			AND (factors = '' OR $4 = 1)
;
UPDATE latchkey_account SET login_epoch = login_epoch + 1 WHERE id = $1
;
UPDATE latchkey_account SET login_epoch = login_epoch + 1 WHERE id IN (SELECT user_id FROM latchkey_member WHERE group_id >= $1 AND group_id <= $1)
;
UPDATE latchkey_account SET login_epoch = login_epoch + 1 WHERE id IN (SELECT value FROM json_each($1))
;
UPDATE latchkey_account SET metadata = $2 WHERE id = $1
;
UPDATE latchkey_account SET password = $1 WHERE id = $2 AND password = $3
;
UPDATE latchkey_account SET password = $2, version = version + 1, login_epoch = login_epoch + 1, expires_at = 0
			WHERE id = $1 AND ($3 = 0 OR (disabled = 0 AND email = $4 AND login_epoch = $5))
				AND ($6 = 0 OR EXISTS (SELECT 1 FROM latchkey_session s WHERE s.id = $7 AND s.user_id = $1)) RETURNING version, login_epoch
;
UPDATE latchkey_account SET username = $2, canonical = $3, email = $4, name = $5, claims = $6, admin = $7,
			updated_at = $8, skeleton = $10, expires_at = CASE WHEN $11 = 1 THEN 0 ELSE expires_at END, roles = $12, login_epoch = login_epoch + $13, version = version + 1 WHERE id = $1 AND version = $9
			AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1) AND (admin = 0 OR disabled = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1))) RETURNING login_epoch
;
UPDATE latchkey_account SET username = $2, canonical = $3, email = $4, name = $5, claims = $6, admin = $7,
			updated_at = $8, skeleton = $10, expires_at = CASE WHEN $11 = 1 THEN 0 ELSE expires_at END, roles = $12, login_epoch = login_epoch + $13, version = version + 1 WHERE id = $1 AND version = $9
			AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1) RETURNING login_epoch
;
UPDATE latchkey_account SET username = $2, canonical = CASE WHEN $3 = '' THEN canonical ELSE $3 END, email = $4, name = $5, claims = $6, admin = $7, roles = $8, skeleton = $9,
		password = CASE WHEN $10 = '' THEN password ELSE $10 END, disabled = $11, delete_at = $12, expires_at = CASE WHEN $13 = 1 THEN 0 ELSE expires_at END, updated_at = $14,
		login_epoch = $15, version = version + 1 WHERE id = $1 AND version = $16 AND login_epoch = $17
		AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1)
;
UPDATE latchkey_account SET username = $2, canonical = CASE WHEN $3 = '' THEN canonical ELSE $3 END, email = $4, name = $5, claims = $6, admin = $7, roles = $8, skeleton = $9,
		password = CASE WHEN $10 = '' THEN password ELSE $10 END, disabled = $11, delete_at = $12, expires_at = CASE WHEN $13 = 1 THEN 0 ELSE expires_at END, updated_at = $14,
		login_epoch = $15, version = version + 1 WHERE id = $1 AND version = $16 AND login_epoch = $17
		AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1) AND (admin = 0 OR disabled = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1)))
;
UPDATE latchkey_account SET username = $2, canonical = CASE WHEN $3 = '' THEN canonical ELSE $3 END, email = $4, name = $5, claims = $6, admin = $7, roles = $8, skeleton = $9,
		password = CASE WHEN $10 = '' THEN password ELSE $10 END, disabled = $11, delete_at = $12, expires_at = CASE WHEN $13 = 1 THEN 0 ELSE expires_at END, updated_at = $14,
		login_epoch = $15, version = version + 1 WHERE id = $1 AND version = $16 AND login_epoch = $17
		AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1) AND (disabled = 1 OR admin = 0 AND NOT EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1)))
;
UPDATE latchkey_account SET username = $2, canonical = CASE WHEN $3 = '' THEN canonical ELSE $3 END, email = $4, name = $5, claims = $6, admin = $7, roles = $8, skeleton = $9,
		password = CASE WHEN $10 = '' THEN password ELSE $10 END, disabled = $11, delete_at = $12, expires_at = CASE WHEN $13 = 1 THEN 0 ELSE expires_at END, updated_at = $14,
		login_epoch = $15, version = version + 1 WHERE id = $1 AND version = $16 AND login_epoch = $17
		AND NOT EXISTS (SELECT 1 FROM latchkey_account other WHERE other.canonical = $3 AND other.id <> $1) AND (disabled = 1 OR admin = 0 AND NOT EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1))) AND (admin = 0 OR disabled = 1 OR EXISTS (SELECT 1 FROM latchkey_member m JOIN latchkey_group g ON g.id = m.group_id WHERE m.user_id = $1 AND g.admin = 1) OR (EXISTS (SELECT 1 FROM latchkey_lease WHERE name = 'people of the host program') OR EXISTS (SELECT 1 FROM latchkey_account other WHERE other.admin = 1 AND other.disabled = 0 AND other.id <> $1)
	OR EXISTS (SELECT 1 FROM latchkey_group g JOIN latchkey_member m ON m.group_id = g.id JOIN latchkey_account other ON other.id = m.user_id WHERE g.admin = 1 AND other.disabled = 0 AND other.id <> $1)))
;
UPDATE latchkey_attempt SET open = open - 1, count = CASE WHEN key = $3 THEN 0 ELSE count + $4 END WHERE key = $1 AND until = $2 AND open > 0
;
UPDATE latchkey_audit SET details = '', details_salt = $1, origin = CASE WHEN actor = '' THEN '' ELSE origin END, origin_salt = CASE WHEN actor = '' THEN $1 ELSE origin_salt END WHERE seq IN (SELECT seq FROM latchkey_audit WHERE person = $2 AND details <> '' LIMIT $3)
;
UPDATE latchkey_audit SET origin = '', origin_salt = $1 WHERE seq IN (SELECT seq FROM latchkey_audit WHERE actor = $2 AND origin <> '' LIMIT $3)
;
UPDATE latchkey_client SET co_owners = replace(replace(replace(co_owners, ',' || CAST($1 AS TEXT), ''), CAST($1 AS TEXT) || ',', ''), '[' || CAST($1 AS TEXT) || ']', ''), version = version + 1 WHERE id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200, $201)
;
UPDATE latchkey_client SET disabled = $1, updated_at = $2, version = version + 1, expires_at = 0,
			revoked_before = CASE WHEN revoked_before < $3 THEN $3 ELSE revoked_before END WHERE id = $4 AND ($5 = 0 OR version = $5)
;
UPDATE latchkey_client SET expires_at = $3 WHERE id = $1 AND expires_at > 0 AND expires_at <= $2 AND (EXISTS (SELECT 1 FROM latchkey_consent WHERE client_id = $1) OR EXISTS (SELECT 1 FROM latchkey_family
	WHERE client_id = $1 AND revoked_at = 0 AND expires_at > $2 AND idle_expires_at > $2))
;
UPDATE latchkey_client SET name = $1, type = $2, owner_id = $3, disabled = $4, revoked_before = $5, updated_at = $6,
			version = version + 1, settings = $7, expires_at = $8, co_owners = $11 WHERE id = $9 AND version = $10
;
UPDATE latchkey_client SET owner_id = '', version = version + 1 WHERE owner_id = $1 AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200, $201)
;
UPDATE latchkey_client SET version = version + 1,
			revoked_before = CASE WHEN revoked_before < $1 THEN $1 ELSE revoked_before END WHERE id = $2
;
UPDATE latchkey_config_version SET version = version + 1 WHERE id = 1
;
UPDATE latchkey_config_version SET version = version + 1 WHERE id = 1 AND version = $1
;
UPDATE latchkey_consent SET scope = $1, updated_at = $2, ends_at = $6 WHERE subject = $3 AND client_id = $4 AND scope = $5
;
UPDATE latchkey_definition SET settings = $1, updated_at = $2, version = version + 1 WHERE kind = $3 AND name = $4 AND version = $5
;
UPDATE latchkey_deleted_client SET client = replace(client, $1, '"owner_id":""') WHERE id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200, $201)
;
UPDATE latchkey_factor SET name = $3 WHERE id = $1 AND user_id = $2
;
UPDATE latchkey_factor SET step = $3, counter = $4, used_at = $5, body = CASE WHEN $6 = '' THEN body ELSE $6 END
		WHERE id = $1 AND user_id = $2 AND step < $3 AND (counter < $4 OR (counter = 0 AND $4 = 0)) AND (expires_at = 0 OR expires_at > $5)
;
UPDATE latchkey_factor SET used_at = $2 WHERE id = $1 AND kind = $3 AND used_at <= $4
;
UPDATE latchkey_family AS t SET previous = t.hash, hash = $3, generation = t.generation + 1, rotated_at = $1, idle_expires_at = $4,
	access_scope = CASE WHEN $5 = '' THEN t.scope ELSE $5 END, access_audience = $10, address = $11, replay_until = $9
	WHERE t.id = $6 AND t.client_id || '' = $7 AND t.hash = $8 AND t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND (CAST($2 AS BIGINT) = 0 OR NOT (t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' ')
		OR coalesce((SELECT l.expires_at > $1 AND l.idle_expires_at > $1 FROM latchkey_session l WHERE l.id = t.session_id), FALSE)) RETURNING subject, session_id, scope, auth_time, details, generation, access_scope, issued_at, expires_at
;
UPDATE latchkey_family AS t SET revoked_at = $1 WHERE t.session_id = $2 AND t.revoked_at = 0 AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' '
;
UPDATE latchkey_family AS t SET revoked_at = $1 WHERE t.subject = $2 AND t.session_id <> $3 AND t.revoked_at = 0 AND t.session_id <> ''
	AND replace(' ' || t.scope || ' ', CAST(' openid ' AS TEXT), CAST('' AS TEXT)) <> ' ' || t.scope || ' '
	AND replace(' ' || t.scope || ' ', CAST(' offline_access ' AS TEXT), CAST('' AS TEXT)) = ' ' || t.scope || ' '
;
UPDATE latchkey_family SET address = '' WHERE subject = $1 AND address <> ''
;
UPDATE latchkey_family SET replay_until = CASE
	WHEN previous = $2 AND revoked_at = 0 AND replay_until >= $3 THEN CASE WHEN CAST($4 AS BIGINT) = 0 THEN idle_expires_at ELSE $4 END
	ELSE replay_until END WHERE id = $1 AND (hash = $2 OR previous = $2)
;
UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND client_id = $3 AND revoked_at = 0
;
UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND client_id = $3 AND revoked_at = 0 RETURNING subject
;
UPDATE latchkey_family SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0
;
UPDATE latchkey_family SET revoked_at = $1 WHERE revoked_at = 0 AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108, $109, $110, $111, $112, $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126, $127, $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, $144, $145, $146, $147, $148, $149, $150, $151, $152, $153, $154, $155, $156, $157, $158, $159, $160, $161, $162, $163, $164, $165, $166, $167, $168, $169, $170, $171, $172, $173, $174, $175, $176, $177, $178, $179, $180, $181, $182, $183, $184, $185, $186, $187, $188, $189, $190, $191, $192, $193, $194, $195, $196, $197, $198, $199, $200, $201)
;
UPDATE latchkey_group SET name = $2, canonical = $3, description = $4, admin = $5, roles = $6, updated_at = $7, version = version + 1, revision = revision + 1
			WHERE id = $1 AND revision = $8 AND NOT EXISTS (SELECT 1 FROM latchkey_group other WHERE other.canonical = $3 AND other.id <> $1)
;
UPDATE latchkey_group SET name = $2, canonical = COALESCE(NULLIF($3, ''), canonical), external_id = $4, updated_at = $5, version = version + 1, revision = revision + 1 WHERE id = $1
;
UPDATE latchkey_group SET revision = revision + 1 WHERE id = $1
;
UPDATE latchkey_group SET revision = revision + 1 WHERE id IN (SELECT group_id FROM latchkey_member WHERE user_id = $1)
;
UPDATE latchkey_initial_access_token SET used = used + 1 WHERE id = $1 AND used < uses AND expires_at > $2
;
UPDATE latchkey_invitation AS t SET used_at = $1, delete_at = $3 WHERE t.id = $2 AND t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1)
;
UPDATE latchkey_invitation AS t SET withdrawn_at = $1, delete_at = $3 WHERE t.created_by = $2 AND t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1)
;
UPDATE latchkey_invitation AS t SET withdrawn_at = $1, delete_at = $3 WHERE t.id = $2 AND t.used_at = 0 AND t.withdrawn_at = 0 AND (t.expires_at = 0 OR t.expires_at > $1)
;
UPDATE latchkey_invitation SET created_by = '' WHERE created_by = $1
;
UPDATE latchkey_lease SET holder = $1 WHERE name = $2 AND holder <> $1
;
UPDATE latchkey_login_provider SET settings = $1, secret = $2, updated_at = $3, version = version + 1 WHERE name = $4 AND version = $5
;
UPDATE latchkey_mail SET next_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END, attempts = attempts + 1
				WHERE id = (SELECT id FROM latchkey_mail WHERE rank <= $3 AND next_at <= $1 ORDER BY rank, next_at, id LIMIT 1) AND next_at <= $1 RETURNING id, kind, recipient, user_id, source, details, rank, created_at, next_at, expires_at, attempts
;
UPDATE latchkey_removal SET done = done + $1 WHERE kind = $2 AND subject = $3 AND target = $4 AND at = $5
;
UPDATE latchkey_session SET hash = $3, auth_time = $4, created_at = $5, seen_at = $6, idle_expires_at = $7, expires_at = $8, address = $9, user_agent = $10, methods = $11, confirmed_at = $12
	WHERE id = $1 AND user_id = $2
;
UPDATE latchkey_session SET seen_at = $1, idle_expires_at = $3 WHERE id = $2 AND seen_at < $1
;
UPDATE latchkey_session SET seen_at = seen_at WHERE id = $1 AND user_id = $2
;
UPDATE latchkey_session_client SET attempts = attempts + 1,
	notify_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END
	WHERE (session_id, client_id, subject) = (SELECT session_id, client_id, subject FROM latchkey_session_client
		WHERE notify_at > 0 AND notify_at <= $1 AND replace(CAST($3 AS TEXT), CAST($4 AS TEXT) || client_id || CAST($4 AS TEXT), '') = CAST($3 AS TEXT) ORDER BY notify_at LIMIT 1)
	AND notify_at > 0 AND notify_at <= $1
	RETURNING session_id, client_id, subject, ended_at, notify_at, attempts
;
UPDATE latchkey_session_client SET ended_at = $1, notify_at = $1, expires_at = $2, attempts = 0 WHERE ended_at = 0 AND client_id <> '' AND session_id = $3
;
UPDATE latchkey_session_client SET ended_at = $1, notify_at = $1, expires_at = $2, attempts = 0 WHERE ended_at = 0 AND client_id <> '' AND subject = $3 AND session_id <> $4
;
UPDATE latchkey_session_client SET notify_at = 0, expires_at = ended_at + $4 WHERE session_id = $1 AND client_id = $2 AND subject = $3 AND notify_at > 0
;
UPDATE latchkey_signing_key SET
		retired_at = CASE WHEN retired_at = 0 OR retired_at > $1 THEN $1 ELSE retired_at END,
		expires_at = CASE WHEN expires_at = 0 OR expires_at > $2 THEN $2 ELSE expires_at END WHERE alg = $3 AND id <> $4
;
UPDATE latchkey_signing_key SET
		retired_at = CASE WHEN retired_at = 0 OR retired_at > $1 THEN $1 ELSE retired_at END,
		expires_at = CASE WHEN expires_at = 0 OR expires_at > $2 THEN $2 ELSE expires_at END WHERE id = $3
;
UPDATE latchkey_signing_key SET active_at = $1
			WHERE active_at > $1 AND retired_at = 0 AND alg = (SELECT alg FROM latchkey_signing_key WHERE id = $2)
			AND NOT EXISTS (SELECT 1 FROM latchkey_signing_key k WHERE k.alg = latchkey_signing_key.alg AND k.active_at <= $1 AND (k.retired_at = 0 OR k.retired_at > $1))
;
UPDATE latchkey_signing_key SET private = $1 WHERE expires_at <> 0 AND expires_at <= $2
;
UPDATE latchkey_subject SET pending = pending - 1 WHERE id = $1 AND pending > 0
;
UPDATE latchkey_ticket AS t SET spent_at = $1 WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND t.spent_at = 0 AND t.expires_at > $1 AND (t.client_id = '' OR coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> '' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND CASE WHEN t.session_id = '' THEN TRUE
	WHEN CAST($5 AS BIGINT) <> 0 THEN EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id AND l.expires_at > $1 AND l.idle_expires_at > $1)
	ELSE coalesce((SELECT k.ended_at < t.issued_at FROM latchkey_session_client k WHERE k.session_id = t.session_id AND k.client_id = t.client_id AND k.subject = t.subject), TRUE)
		AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = t.session_id AND e.client_id = '' AND e.subject = '' AND e.ended_at >= t.issued_at) END AND t.proof = $6 RETURNING proof, client_id, subject, session_id, scope, auth_time, details, body, issued_at, expires_at
;
UPDATE latchkey_ticket AS t SET spent_at = $1 WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND t.spent_at = 0 AND t.expires_at > $1 AND (t.client_id = '' OR coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> '' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND CASE WHEN t.session_id = '' THEN TRUE
	WHEN CAST($5 AS BIGINT) <> 0 THEN EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id AND l.expires_at > $1 AND l.idle_expires_at > $1)
	ELSE coalesce((SELECT k.ended_at < t.issued_at FROM latchkey_session_client k WHERE k.session_id = t.session_id AND k.client_id = t.client_id AND k.subject = t.subject), TRUE)
		AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = t.session_id AND e.client_id = '' AND e.subject = '' AND e.ended_at >= t.issued_at) END AND t.proof IN ($6, $7) RETURNING proof, client_id, subject, session_id, scope, auth_time, details, body, issued_at, expires_at
;
UPDATE latchkey_ticket AS t SET spent_at = $1 WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND t.spent_at = 0 AND t.expires_at > $1 AND (t.client_id = '' OR coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> '' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND CASE WHEN t.session_id = '' THEN TRUE
	WHEN CAST($5 AS BIGINT) <> 0 THEN EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id AND l.expires_at > $1 AND l.idle_expires_at > $1)
	ELSE coalesce((SELECT k.ended_at < t.issued_at FROM latchkey_session_client k WHERE k.session_id = t.session_id AND k.client_id = t.client_id AND k.subject = t.subject), TRUE)
		AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = t.session_id AND e.client_id = '' AND e.subject = '' AND e.ended_at >= t.issued_at) END AND t.proof IN ($6, $7, $8) RETURNING proof, client_id, subject, session_id, scope, auth_time, details, body, issued_at, expires_at
;
UPDATE latchkey_ticket AS t SET spent_at = $1 WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND t.spent_at = 0 AND t.expires_at > $1 AND (t.client_id = '' OR coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> '' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) AND CASE WHEN t.session_id = '' THEN TRUE
	WHEN CAST($5 AS BIGINT) <> 0 THEN EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id AND l.expires_at > $1 AND l.idle_expires_at > $1)
	ELSE coalesce((SELECT k.ended_at < t.issued_at FROM latchkey_session_client k WHERE k.session_id = t.session_id AND k.client_id = t.client_id AND k.subject = t.subject), TRUE)
		AND NOT EXISTS (SELECT 1 FROM latchkey_session_client e WHERE e.session_id = t.session_id AND e.client_id = '' AND e.subject = '' AND e.ended_at >= t.issued_at) END AND t.proof IN ($6, $7, $8, $9) RETURNING proof, client_id, subject, session_id, scope, auth_time, details, body, issued_at, expires_at
;
UPDATE latchkey_ticket AS t SET state = $5,
	subject = CASE WHEN $6 <> 0 THEN $7 ELSE t.subject END, session_id = CASE WHEN $6 <> 0 THEN $8 ELSE t.session_id END,
	scope = CASE WHEN $6 <> 0 THEN $9 ELSE t.scope END, auth_time = CASE WHEN $6 <> 0 THEN $10 ELSE t.auth_time END,
	details = CASE WHEN $6 <> 0 THEN $11 ELSE t.details END, issued_at = CASE WHEN $6 <> 0 THEN $1 ELSE t.issued_at END,
	body = CASE WHEN $12 = '' THEN t.body ELSE $12 END
	WHERE t.id = $2 AND t.kind = $3 AND t.state = $4 AND t.spent_at = 0 AND t.expires_at > $1 AND (t.client_id = '' OR coalesce((SELECT c.disabled = 0 AND c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)) AND coalesce((SELECT s.blocked = 0 AND s.revoked_before < t.issued_at AND (coalesce(s.pending, 0) = 0 OR NOT EXISTS (SELECT 1 FROM latchkey_removal r WHERE r.subject = t.subject AND r.issued_until >= t.issued_at AND CASE r.kind WHEN 'consent' THEN r.target = t.client_id
		ELSE (CASE r.kind WHEN 'sessions' THEN r.target <> t.session_id AND NOT EXISTS (SELECT 1 FROM latchkey_session l WHERE l.id = t.session_id)
			ELSE r.kind IN ('session', 'expired') AND r.target = t.session_id END) AND t.session_id <> '' END)) FROM latchkey_subject s WHERE s.id = t.subject), TRUE) RETURNING id, kind, proof, client_id, subject, session_id, scope, auth_time, details, state, body, issued_at, expires_at, spent_at
;
UPDATE latchkey_webhook_message SET attempts = attempts + 1,
	next_at = $1 + $2 * CASE attempts WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 64 END
	WHERE id = (SELECT id FROM latchkey_webhook_message WHERE next_at <= $1 AND replace(CAST($3 AS TEXT), CAST($4 AS TEXT) || webhook || CAST($4 AS TEXT), '') = CAST($3 AS TEXT) ORDER BY next_at LIMIT 1) AND next_at <= $1
	RETURNING id, webhook, body, created_at, next_at, expires_at, attempts
;
UPDATE latchkey_webhook_message SET next_at = $1 WHERE id = $2 AND next_at < $1
