from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_names"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="what",
            field=models.CharField(
                choices=[
                    ("invited", "Invited"),
                    ("account opened", "Account Opened"),
                    ("signed in", "Signed In"),
                    ("sign-in refused", "Sign In Refused"),
                    ("throttled", "Throttled"),
                    ("signed off", "Signed Off"),
                    ("password changed", "Password Changed"),
                    ("second factor renewed", "Totp Renewed"),
                    ("backup codes renewed", "Backup Codes Renewed"),
                    ("deactivated", "Deactivated"),
                    ("released for a new computer", "Released"),
                    ("device certified", "Device Certified"),
                    ("device withdrawn", "Device Withdrawn"),
                    ("device list extended", "Statement Added"),
                    ("keys changed", "Keys Changed"),
                    ("new keys accepted", "Keys Accepted"),
                    ("new keys refused", "Keys Refused"),
                    ("safety number compared", "Compared"),
                    ("comparison taken back", "Mark Taken Back"),
                    ("name or role changed", "Person Changed"),
                    ("app password made", "App Password Made"),
                    ("app password revoked", "App Password Revoked"),
                    ("classic name blocked", "Classic Blocked"),
                    ("classic name let in again", "Classic Unblocked"),
                ],
                max_length=30,
            ),
        ),
    ]
