"""what stops card testing"""

import sqlalchemy as sa
from alembic import op

import fundsite.db

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

DECLINES = "type IN ('payment_intent.payment_failed', 'setup_intent.setup_failed')"


def upgrade() -> None:
    op.create_table('open_checkout',
    sa.Column('visitor', sa.Text(), nullable=False),
    sa.Column('pledge_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', fundsite.db.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['pledge_id'], ['pledge.id'], name=op.f('fk_open_checkout_pledge_id')),
    sa.PrimaryKeyConstraint('visitor', 'pledge_id', name=op.f('pk_open_checkout'))
    )
    with op.batch_alter_table('open_checkout', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_open_checkout_opened_at'), ['opened_at'], unique=False)

    with op.batch_alter_table('stripe_event', schema=None) as batch_op:
        batch_op.create_index('ix_stripe_event_declines', ['received_at'], unique=False, sqlite_where=sa.text(DECLINES), postgresql_where=sa.text(DECLINES))


def downgrade() -> None:
    with op.batch_alter_table('stripe_event', schema=None) as batch_op:
        batch_op.drop_index('ix_stripe_event_declines', sqlite_where=sa.text(DECLINES), postgresql_where=sa.text(DECLINES))

    op.drop_table('open_checkout')
