"""What several questions mean alike, in SQL: a running approval, a school of today, a sighting without approval."""

INSTITUTION_ROLES = ("KY_PHAT_HANH", "GIAO_DICH")
"""what a school signs as a school: approvals are asked for these by default"""

PERSONAL_ROLES = ("CBQL", "GVCN", "GVBM")
"""what persons sign"""

UNIT = "u.code as unit, u.name as unit_name, coalesce(p.name, '') as ward"
"""of a unit `u` below a unit `p`: code, name, name of the one above"""

RUNS = """a.valid_from <= now() and a.valid_to > now() and coalesce(c.not_after, 'infinity') > now()
           and coalesce(c.standing, 'unknown') not in ('revoked', 'on-hold')"""
"""the approval `a` of a certificate `c` lets it sign now; `c` may be known by its fingerprint alone"""

NOT_APPROVED = """not exists (select from certificate_registrations o where o.unit_id = s.unit_id and o.role = s.role
                               and o.sha256 = s.sha256 and o.state = 'approved')"""
"""the sighting `s` is of a certificate that is not approved for that unit and role"""

_HAS = f"""exists (select from approved_certificates a left join certificates c on c.sha256 = a.sha256
                   where a.unit_id = u.id and a.role = '{{role}}' and {RUNS})"""

HAS_SEAL, HAS_TRANSACTION = (_HAS.format(role=role) for role in INSTITUTION_ROLES)
"""the unit `u` has a running approval for the seal on records, and for the one on transactions"""

TODAY = "u.kind = 'school' and u.valid_from <= today() and (u.valid_to is null or u.valid_to > today())"
"""the unit `u` is a school that exists today"""
