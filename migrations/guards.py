"""What the database itself enforces, in both engines: tenancy policies and triggers that refuse changes."""

from alembic import op

APP_ROLE = "stance_app"
"""The role the service logs in as is a member of this one; it owns nothing."""
_MINE = "clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid"
_ME = "nullif(current_setting('app.person_id', true), '')::uuid"
"""A setting reads as empty, not as null, once a transaction before had set it."""


def is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def create_app_role() -> None:
    """Make the role tables are granted to, unless the operator has."""
    if is_postgresql():
        op.execute(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') "
            f"THEN CREATE ROLE {APP_ROLE} NOLOGIN; END IF; END $$"
        )


def open_to_app(*tables: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Grant the app what it needs on these tables and no more."""
    if is_postgresql():
        op.execute(f"GRANT {privileges} ON {', '.join(tables)} TO {APP_ROLE}")


def keep_to_clinic(*tables: str) -> None:
    """Third wall of tenancy: rows of another clinic are not there, for the owner of the table neither.

    The policy carries no sub-query, so that the tables can later be distributed by clinic.
    """
    if is_postgresql():
        for table in tables:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY tenant ON {table} USING ({_MINE}) WITH CHECK ({_MINE})")


def keep_to_author(table: str) -> None:
    """Narrow the tenant policy: the author alone reads and writes a row, and whom she shows it to reads it too."""
    if is_postgresql():
        author = f"author_id = {_ME}"
        for command, rule in (
            ("SELECT", f"USING ({author} OR shown_to_id = {_ME})"),
            ("INSERT", f"WITH CHECK ({author})"),
            ("UPDATE", f"USING ({author}) WITH CHECK ({author})"),
            ("DELETE", f"USING ({author})"),
        ):
            op.execute(f"CREATE POLICY author_{command.lower()} ON {table} AS RESTRICTIVE FOR {command} {rule}")


def replace_codes(table: str, column: str, check: str, codes: tuple[str, ...]) -> None:
    """Let a closed code list hold other codes; rows that hold one no longer allowed stop the migration."""
    # SQLite copies the table; it must carry no trigger and be referred to by no other, or the copy would lose them.
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{check}"), type_="check")
        quoted = ", ".join(f"'{code}'" for code in codes)
        batch.create_check_constraint(op.f(f"ck_{table}_{check}"), f"{column} IN ({quoted})")


def refuse(table: str, name: str, moment: str, condition: str | None, message: str) -> None:
    """Create a trigger that refuses a change: `moment` is like `UPDATE` or `DELETE`, `condition` speaks of OLD and NEW.

    The condition must be valid in both engines.
    """
    if is_postgresql():
        function = f"{table}_{name}"
        test = (
            f"IF {condition} THEN RAISE EXCEPTION '{message}'; END IF;"
            if condition
            else f"RAISE EXCEPTION '{message}';"
        )
        result = "OLD" if moment == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {test} RETURN {result}; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    else:
        when = f"WHEN {condition} " if condition else ""
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {moment} ON {table} FOR EACH ROW {when}"
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def allow(table: str, name: str) -> None:
    """Take such a trigger away again from a table that stays."""
    if is_postgresql():
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {table}_{name}()")
    else:
        op.execute(f"DROP TRIGGER {table}_{name}")


def refuse_instead(table: str, name: str, moment: str, condition: str | None, message: str) -> None:
    """Put another condition in the place of a trigger's."""
    allow(table, name)
    refuse(table, name, moment, condition, message)


def is_rekeyed(sealed: tuple[str, ...], rest: tuple[str, ...]) -> str:
    """Return the condition that a change only puts a client's ciphertexts under a newer key, and is announced.

    A trigger cannot know that the text is the same, but that it is as long, that everything else in the row (`rest`)
    is, and that the transaction holds a row of `rekeyings` for this client and this key, which it can never commit.
    """
    same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in rest)
    moved = " AND ".join(
        f"(NEW.{column} IS NOT DISTINCT FROM OLD.{column} OR (length(NEW.{column}) = length(OLD.{column}) "
        f"AND substr(NEW.{column}, 2, 4) = rekeyings.key_number "
        f"AND substr(OLD.{column}, 2, 4) < rekeyings.key_number))"
        for column in sealed
    )
    return (
        f"({same} AND EXISTS (SELECT 1 FROM rekeyings WHERE rekeyings.clinic_id = NEW.clinic_id "
        f"AND rekeyings.client_id = NEW.client_id AND {moved}))"
    )


def is_rewritten(sealed: str) -> str:
    """Return the condition that a sealed text changed, and not only went to a newer key as the ciphertext it was."""
    return (
        f"(OLD.{sealed} IS DISTINCT FROM NEW.{sealed} AND NOT (length(NEW.{sealed}) = length(OLD.{sealed}) "
        f"AND substr(OLD.{sealed}, 2, 4) < substr(NEW.{sealed}, 2, 4)))"
    )


def append_only(table: str, but: str | None = None) -> None:
    """Rows of this table can be added and read, never changed or removed; `but` is a change let through."""
    refuse(table, "no_update", "UPDATE", but and f"NOT {but}", f"{table} is append-only")
    refuse(table, "no_delete", "DELETE", None, f"{table} is append-only")
    if is_postgresql():
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_no_delete()"
        )


def drop_functions(*tables: str) -> None:
    """Drop what these guards left behind, after the tables are gone."""
    if is_postgresql():
        for table in tables:
            for name in ("no_insert", "no_update", "no_delete"):
                op.execute(f"DROP FUNCTION IF EXISTS {table}_{name}()")
