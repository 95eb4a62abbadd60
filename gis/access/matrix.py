"""The matrix of roles in docs/roles.md, made from the table that is enforced."""

from __future__ import annotations

from gis.access.roles import MAY, ROLE_NAMES, Permission, Role


def matrix() -> str:
    """The table as Markdown: a row for each role, a column for each permission."""
    columns = list(Permission)
    lines = [
        "| role | | " + " | ".join(permission.value for permission in columns) + " |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for role in Role:
        marks = " | ".join("✓" if permission in MAY[role] else " " for permission in columns)
        lines.append(f"| `{role.value}` | {ROLE_NAMES[role].zh} | {marks} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(matrix())  # noqa: T201 - what `python -m gis.access.matrix` is for
