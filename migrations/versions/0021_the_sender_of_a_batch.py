"""the sender of a batch, and one place in it for each thing"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('batch', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sender', sa.JSON(none_as_null=True), server_default='{}', nullable=False))
    with op.batch_alter_table('batch_item', schema=None) as batch_op:
        batch_op.create_unique_constraint('uq_batch_item_batch_id_position', ['batch_id', 'position'])


def downgrade() -> None:
    with op.batch_alter_table('batch_item', schema=None) as batch_op:
        batch_op.drop_constraint('uq_batch_item_batch_id_position', type_='unique')
    with op.batch_alter_table('batch', schema=None) as batch_op:
        batch_op.drop_column('sender')
