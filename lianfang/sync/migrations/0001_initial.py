from django.db import migrations, models

from lianfang.core.walls import append_only


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeviceOperation',
            fields=[
                ('pk', models.CompositePrimaryKey('device_id', 'seq', 'op_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('device_id', models.UUIDField()),
                ('seq', models.IntegerField()),
                ('op_id', models.UUIDField()),
                ('happened_at', models.DateTimeField()),
                ('offset_ms', models.BigIntegerField(null=True)),
                ('is_uncertain', models.BooleanField(default=False)),
                ('received_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='DeviceContact',
            fields=[
                ('pk', models.CompositePrimaryKey('device_id', 'last_seq', blank=True, editable=False, primary_key=True, serialize=False)),
                ('device_id', models.UUIDField()),
                ('last_seq', models.IntegerField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='DatabaseEpoch',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('value', models.CharField(max_length=40)),
                ('mark', models.BigIntegerField(default=0)),
                ('since', models.DateTimeField()),
            ],
        ),
        append_only("sync_deviceoperation"),
    ]
