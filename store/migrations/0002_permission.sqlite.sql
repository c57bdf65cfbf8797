CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN OLD.at >= (SELECT at FROM audit_horizon)
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
