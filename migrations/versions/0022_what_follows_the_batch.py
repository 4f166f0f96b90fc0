"""what follows the batch: words for rewards by mail, warnings of late months, a public line of what has gone out"""

import sqlalchemy as sa
from alembic import op

import fundsite.db

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('batch_text',
    sa.Column('batch_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('body_html', sa.Text(), nullable=False),
    sa.Column('file', sa.JSON(none_as_null=True), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_batch_text_batch_id')),
    sa.PrimaryKeyConstraint('batch_id', name=op.f('pk_batch_text'))
    )
    op.create_table('promise_warning',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reward_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('warned_at', fundsite.db.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['reward_id'], ['reward.id'], name=op.f('fk_promise_warning_reward_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promise_warning')),
    sa.UniqueConstraint('reward_id', 'month', name=op.f('uq_promise_warning_reward_id_month'))
    )
    with op.batch_alter_table('reward', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shows_shipped', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('reward', schema=None) as batch_op:
        batch_op.drop_column('shows_shipped')
    op.drop_table('promise_warning')
    op.drop_table('batch_text')
