"""How times are written where no template says it: in the admins, where the second may matter."""
