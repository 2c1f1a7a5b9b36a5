from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The same file may come with two RFPs, and be a document of the library besides."""

    dependencies = [("solution_library", "0013_information_documents")]

    operations = [
        migrations.RemoveConstraint("document", "library_uploaded_file_once"),
        migrations.AddConstraint(
            "document",
            models.UniqueConstraint(
                fields=["sha256"],
                condition=Q(source=None) & ~Q(kind="rfp"),
                name="library_uploaded_file_once",
            ),
        ),
    ]
