-- One row per observation of an action. Empty text is the vendor's null; numbers come as text too.
with source as (

    {{ accepted_rows('impact', 'actions') }}

),

parsed as (

    select
        source.fetch_id,
        source.observed_at,
        from_json(
            source.payload,
            '{
                "Id": "VARCHAR",
                "CampaignId": "VARCHAR",
                "MediaPartnerId": "VARCHAR",
                "MediaPartnerName": "VARCHAR",
                "State": "VARCHAR",
                "Amount": "VARCHAR",
                "Payout": "VARCHAR",
                "Currency": "VARCHAR",
                "ReferringDate": "VARCHAR",
                "ReferringType": "VARCHAR",
                "EventDate": "VARCHAR",
                "CreationDate": "VARCHAR",
                "LockingDate": "VARCHAR",
                "ClearedDate": "VARCHAR",
                "PromoCode": "VARCHAR",
                "Oid": "VARCHAR",
                "CustomerId": "VARCHAR",
                "CustomerStatus": "VARCHAR",
                "SharedId": "VARCHAR"
            }'
        ) as entry
    from source

),

renamed as (

    select
        -- ids
        parsed.entry.id as action_id,
        nullif(parsed.entry.campaignid, '') as program_id,
        nullif(parsed.entry.mediapartnerid, '') as partner_id,
        nullif(trim(parsed.entry.oid), '') as order_reference,
        nullif(trim(parsed.entry.sharedid), '') as shared_id,
        nullif(parsed.entry.customerid, '') as customer_id,

        -- text
        nullif(parsed.entry.mediapartnername, '') as partner_name,
        upper(nullif(trim(parsed.entry.state), '')) as state,
        nullif(parsed.entry.referringtype, '') as referring_type,
        {{ normalise_code('parsed.entry.PromoCode') }} as promo_code,
        nullif(parsed.entry.currency, '') as currency_code,
        nullif(parsed.entry.customerstatus, '') as customer_status,

        -- numerics, in the account's currency
        {{ to_money('parsed.entry.Amount') }} as amount,
        {{ to_money('parsed.entry.Payout') }} as payout,

        -- timestamps
        {{ to_utc('parsed.entry.ReferringDate') }} as referred_at,
        {{ to_utc('parsed.entry.EventDate') }} as happened_at,
        {{ to_utc('parsed.entry.CreationDate') }} as created_at,
        {{ to_utc('parsed.entry.LockingDate') }} as locks_at,
        {{ to_utc('parsed.entry.ClearedDate') }} as cleared_at,
        parsed.observed_at,
        parsed.fetch_id
    from parsed

)

select * from renamed
